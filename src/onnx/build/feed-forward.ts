import type { Activation, FeedForwardDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { gelu, mul, relu, sigmoid, sliceColumns } from '../graph/operators.js';
import { dropout } from './dropout.js';
import { type LowRankUpdates, linear } from './linear.js';
import type { ModelGraph } from './model-graph.js';

const activate = (graph: ModelGraph, x: Value, activation: Activation): Value => {
  if (activation === 'relu') return relu(graph, x);
  if (activation === 'silu') return mul(graph, x, sigmoid(graph, x));
  return gelu(graph, x, activation === 'gelu-tanh');
};

/** What the last map of the block sees. */
const inner = (
  graph: ModelGraph,
  x: Value,
  block: FeedForwardDescription,
  updates: LowRankUpdates,
): Value => {
  if (block.kind === 'plain') return activate(graph, linear(graph, x, block.up, updates), block.activation);
  const { projections, down, activation } = block;
  if (projections.kind === 'separate') {
    const gate = activate(graph, linear(graph, x, projections.gate, updates), activation);
    return mul(graph, gate, linear(graph, x, projections.up, updates));
  }
  const both = linear(graph, x, projections.map, updates);
  const gate = activate(graph, sliceColumns(graph, both, 0, down.inputs), activation);
  return mul(graph, gate, sliceColumns(graph, both, down.inputs, 2 * down.inputs));
};

export const feedForward = (
  graph: ModelGraph,
  x: Value,
  block: FeedForwardDescription,
  updates: LowRankUpdates,
  /** The layer, for the name of its mask. */
  at: string,
): Value => {
  const hidden = dropout(graph, inner(graph, x, block, updates), 'feedForwardInner', at);
  return linear(graph, hidden, block.down, updates);
};
