import type { Value } from '../graph/graph.js';
import { gelu, mul, relu, sigmoid } from '../graph/operators.js';
import type { Activation, FeedForwardDescription } from '../model/model-description.js';
import { type LowRankUpdates, linear } from './linear.js';
import type { ModelGraph } from './model-graph.js';

const activate = (graph: ModelGraph, x: Value, activation: Activation): Value => {
  if (activation === 'relu') return relu(graph, x);
  if (activation === 'silu') return mul(graph, x, sigmoid(graph, x));
  return gelu(graph, x, activation === 'gelu-tanh');
};

export const feedForward = (
  graph: ModelGraph,
  x: Value,
  block: FeedForwardDescription,
  updates: LowRankUpdates,
): Value => {
  const through = (map: FeedForwardDescription['up']) => linear(graph, x, map, updates);
  const inner =
    block.kind === 'plain'
      ? activate(graph, through(block.up), block.activation)
      : mul(graph, activate(graph, through(block.gate), block.activation), through(block.up));
  return linear(graph, inner, block.down, updates);
};
