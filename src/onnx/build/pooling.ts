import type { HeadDescription, PoolingKind } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import {
  add,
  cast,
  div,
  mul,
  range,
  reduceSum,
  relu,
  reshape,
  sqrt,
  tanh,
  transpose,
} from '../graph/operators.js';
import { type LowRankUpdates, linear } from './linear.js';
import type { ModelGraph } from './model-graph.js';

/** [batch, length], how much each token counts; a row sums to 1, or to 0 where the text has no tokens. */
const poolingWeights = (graph: ModelGraph, pooling: PoolingKind): Value => {
  const mask = cast(graph, graph.mask, 'float32');
  const places = range(graph, 'length');
  if (pooling === 'mean' || pooling === 'weighted-mean') {
    const rank = () => add(graph, cast(graph, places, 'float32'), graph.floats(1));
    const shares = pooling === 'mean' ? mask : mul(graph, mask, rank());
    const sum = graph.add('Max', [reduceSum(graph, shares, [1], true), graph.floats(1e-9)], ['batch', 1]);
    return div(graph, shares, sum);
  }
  // The first of the largest: a mask for the first token, places of tokens for the last.
  const ranks = pooling === 'cls' ? graph.mask : mul(graph, graph.mask, places);
  const chosen = graph.add('ArgMax', [ranks], ['batch', 1], { axis: 1, keepdims: 1 }, { type: 'int64' });
  const isChosen = graph.add('Equal', [chosen, places], ['batch', 'length'], {}, { type: 'bool' });
  return mul(graph, cast(graph, isChosen, 'float32'), mask);
};

/** x / max(|x|, 1e-12) */
const unitRows = (graph: ModelGraph, x: Value): Value => {
  const square = reduceSum(graph, mul(graph, x, x), [1], true);
  const norm = sqrt(graph, graph.add('Max', [square, graph.floats(1e-24)], square.shape));
  return div(graph, x, norm);
};

/** From hidden states [rows, width] to embeddings [batch, dimensions]. */
export const pooled = (
  graph: ModelGraph,
  hidden: Value,
  { pooling, dense, normalize }: HeadDescription,
  updates: LowRankUpdates = new Map(),
): Value => {
  const width = hidden.shape[1] as number;
  const weights = transpose(graph, poolingWeights(graph, pooling), [1, 0]);
  const byPlace = reshape(graph, hidden, ['length', 'batch', width]);
  const weighted = mul(graph, byPlace, reshape(graph, weights, ['length', 'batch', 1]));
  let vectors = reduceSum(graph, weighted, [0], false);
  for (const { map, activation } of dense) {
    vectors = linear(graph, vectors, map, updates);
    if (activation === 'tanh') vectors = tanh(graph, vectors);
    else if (activation === 'relu') vectors = relu(graph, vectors);
  }
  return normalize ? unitRows(graph, vectors) : vectors;
};
