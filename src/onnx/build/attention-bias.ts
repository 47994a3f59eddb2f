import {
  type AttentionDescription,
  bucketOf,
  type RelativeBiasDescription,
} from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add, cast, gather, mul, range, reshape, sub, transpose } from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** What hides a token: its share of the attention is exactly 0. */
const HIDDEN = -1e9;

/** [batch, 1, 1, length], 0 for tokens. */
export const paddingBias = (graph: ModelGraph): Value => {
  const shown = sub(graph, cast(graph, graph.mask, 'float32'), graph.floats(1));
  return reshape(graph, mul(graph, shown, graph.floats(-HIDDEN)), ['batch', 1, 1, 'length']);
};

/** [length, length], the place of the key less that of the query. */
const distances = (graph: ModelGraph): Value => {
  const places = range(graph, 'length');
  return sub(graph, reshape(graph, places, [1, 'length']), reshape(graph, places, ['length', 1]));
};

/** [length, length], 0 where a query sees a key; null where it sees all. */
export const sightBias = (graph: ModelGraph, sight: AttentionDescription['sight']): Value | null => {
  if (sight.kind === 'full') return null;
  const ahead = distances(graph);
  const shape = ahead.shape;
  const [steps, limit] =
    sight.kind === 'causal'
      ? [ahead, 0]
      : [graph.add('Abs', [ahead], shape, {}, { type: 'int64' }), sight.distance];
  const isFar = graph.add('Greater', [steps, graph.integers(limit)], shape, {}, { type: 'bool' });
  return graph.add('Where', [isFar, graph.floats(HIDDEN), graph.floats(0)], shape);
};

/** [heads, length, length], learned by the distance of key and query. */
export const relativeBias = (
  graph: ModelGraph,
  { table, maximumDistance }: RelativeBiasDescription,
  maximumLength: number,
): Value => {
  const span = 2 * maximumLength - 1;
  const buckets = Array.from({ length: span }, (_, i) =>
    bucketOf(i - maximumLength + 1, table.rows, maximumDistance),
  );
  const index = add(graph, distances(graph), graph.integers(maximumLength - 1));
  const places = gather(graph, graph.integers(buckets), index);
  const rows = gather(graph, graph.weight(table.weight, [table.rows, table.width]), places);
  return transpose(graph, rows, [2, 0, 1]);
};
