import type { Dimension, Value } from '../graph/graph.js';
import { sameShape } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { reduceSum, reshape } from '../graph/operators.js';

/** Sums a gradient over the axes along which an operand was stretched. */
export const sumToShape = (graph: GraphBuilder, x: Value, shape: readonly Dimension[]): Value => {
  if (sameShape(x.shape, shape)) return x;
  const missing = x.shape.length - shape.length;
  const axes = x.shape.flatMap((size, axis) => {
    const own = axis < missing ? null : shape[axis - missing]!;
    return own === null || (own === 1 && size !== 1) ? [axis] : [];
  });
  const summed = axes.length === 0 ? x : reduceSum(graph, x, axes, missing === 0);
  return sameShape(summed.shape, shape) ? summed : reshape(graph, summed, shape);
};
