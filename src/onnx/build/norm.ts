import type { NormDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add, div, layerNormalization, mul, reduceSum, scale, sqrt } from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** Over the last axis; null is no normalization. */
export const norm = (graph: ModelGraph, x: Value, description: NormDescription | null): Value => {
  if (description === null) return x;
  const { kind, width, epsilon, weightOffset } = description;
  const weight = graph.weight(description.weight, [width]);
  if (kind === 'layer') {
    const bias = description.bias === null ? null : graph.weight(description.bias, [width]);
    return layerNormalization(graph, x, weight, bias, epsilon);
  }
  const square = scale(graph, reduceSum(graph, mul(graph, x, x), [x.shape.length - 1], true), 1 / width);
  const normal = div(graph, x, sqrt(graph, add(graph, square, graph.floats(epsilon))));
  return mul(graph, normal, weightOffset === 0 ? weight : add(graph, weight, graph.floats(weightOffset)));
};
