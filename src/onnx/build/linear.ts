import type { LinearDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add, gemm, scale } from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** A low-rank update of a linear map: factor · (x · Aᵀ) · Bᵀ, with A [rank, inputs] and B [outputs, rank]. */
export interface LowRankUpdate {
  readonly a: string;
  readonly b: string;
  readonly rank: number;
  readonly factor: number;
}

/** Low-rank updates by the weight that they update. */
export type LowRankUpdates = ReadonlyMap<string, LowRankUpdate>;

/** [rows, inputs] → [rows, outputs] */
export const linear = (
  graph: ModelGraph,
  x: Value,
  { weight, bias, inputs, outputs }: LinearDescription,
  updates: LowRankUpdates,
): Value => {
  const base = gemm(graph, x, graph.weight(weight, [outputs, inputs]), {
    transB: true,
    bias: bias === null ? null : graph.weight(bias, [outputs]),
  });
  const update = updates.get(weight);
  if (update === undefined) return base;
  const narrow = gemm(graph, x, graph.weight(update.a, [update.rank, inputs]), { transB: true });
  const wide = gemm(graph, narrow, graph.weight(update.b, [outputs, update.rank]), { transB: true });
  return add(graph, base, scale(graph, wide, update.factor));
};
