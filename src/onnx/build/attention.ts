import type { AttentionDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add, batchMatMul, expand, reshape, sliceColumns, softmax, transpose } from '../graph/operators.js';
import { dropout } from './dropout.js';
import { type LowRankUpdates, linear } from './linear.js';
import { type ModelGraph, ROWS } from './model-graph.js';
import { norm } from './norm.js';
import { type RotaryTables, rotate } from './rotary.js';

/** What the layers of a model share. */
export interface AttentionContext {
  readonly updates: LowRankUpdates;
  /** To be added to the scores [batch, heads, length, length]. */
  bias(sight: AttentionDescription['sight']): Value;
  rotary(attention: AttentionDescription): RotaryTables | null;
}

const projected = (
  graph: ModelGraph,
  x: Value,
  { projections, heads, keyValueHeads, headSize }: AttentionDescription,
  updates: LowRankUpdates,
): [Value, Value, Value] => {
  if (projections.kind === 'separate') {
    const { query, key, value } = projections;
    return [query, key, value].map((map) => linear(graph, x, map, updates)) as [Value, Value, Value];
  }
  const joined = linear(graph, x, projections.map, updates);
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize];
  return [
    sliceColumns(graph, joined, 0, queries),
    sliceColumns(graph, joined, queries, queries + keys),
    sliceColumns(graph, joined, queries + keys, queries + 2 * keys),
  ];
};

/** Each head of keys or values once for every head of queries that uses it. */
const repeated = (
  graph: ModelGraph,
  x: Value,
  { heads, keyValueHeads, headSize }: AttentionDescription,
): Value => {
  if (heads === keyValueHeads) return x;
  const alone = reshape(graph, x, ['length', 'batch', keyValueHeads, 1, headSize]);
  const copies = expand(graph, alone, ['length', 'batch', keyValueHeads, heads / keyValueHeads, headSize]);
  return reshape(graph, copies, ['length', 'batch', heads, headSize]);
};

/** softmax(scale · Q Kᵀ + bias) V, head by head: [rows, width] → [rows, width]. */
export const attention = (
  graph: ModelGraph,
  x: Value,
  description: AttentionDescription,
  context: AttentionContext,
  /** The layer, for the name of its mask. */
  at: string,
): Value => {
  const { heads, keyValueHeads, headSize, scale: alpha, queryNorm, keyNorm, sight, output } = description;
  const [q, k, v] = projected(graph, x, description, context.updates);
  const split = (value: Value, count: number) => reshape(graph, value, ['length', 'batch', count, headSize]);
  const rotary = context.rotary(description);
  const placed = (value: Value) => (rotary === null ? value : rotate(graph, value, rotary));
  const queries = placed(norm(graph, split(q, heads), queryNorm));
  const keys = repeated(graph, placed(norm(graph, split(k, keyValueHeads), keyNorm)), description);
  const values = repeated(graph, split(v, keyValueHeads), description);
  const rowsFirst = { rowsFirstA: true, rowsFirstB: true };
  const scores = batchMatMul(graph, queries, keys, { ...rowsFirst, transB: true, alpha });
  const shares = dropout(graph, softmax(graph, add(graph, scores, context.bias(sight))), 'attention', at);
  const mixed = batchMatMul(graph, shares, values, { rowsFirstB: true });
  const joined = reshape(graph, transpose(graph, mixed, [2, 0, 1, 3]), [ROWS, heads * headSize]);
  return linear(graph, joined, output, context.updates);
};
