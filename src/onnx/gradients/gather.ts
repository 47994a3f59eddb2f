import type { Dimension, GraphNode, Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { reshape, scatterAddRows } from '../graph/operators.js';
import type { GradientRule, RowGradients } from './gradient-rule.js';

const flat = (shape: readonly Dimension[]): Dimension =>
  shape.length === 1
    ? shape[0]!
    : shape.every((size) => typeof size === 'number')
      ? shape.reduce<number>((product, size) => product * (size as number), 1)
      : shape.join('·');

/** The gradient of a table as rows and their places, in the order they were looked up. */
export const gatherRowGradients = (
  graph: GraphBuilder,
  { inputs: [table, indices] }: GraphNode,
  dy: Value,
): RowGradients => {
  const count = flat(indices!.shape);
  return {
    indices: indices!.shape.length === 1 ? indices! : reshape(graph, indices!, [count]),
    rows: dy.shape.length === 2 ? dy : reshape(graph, dy, [count, table!.shape[1]!]),
  };
};

/** Rows of one place are added up: zeros elsewhere. */
export const gatherGradient: GradientRule = (graph, node, dy) => {
  const { indices, rows } = gatherRowGradients(graph, node, dy);
  return [scatterAddRows(graph, node.inputs[0]!.shape[0]!, indices, rows), null];
};
