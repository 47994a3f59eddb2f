import { expand, reshape } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** The same gradient for everything that was summed. */
export const reduceSumGradient: GradientRule = (graph, { inputs: [x, reduced], attributes }, dy) => {
  const axes = graph.integersOf(reduced!);
  const kept = attributes.keepdims === 1;
  const stretched = x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return [expand(graph, kept ? dy : reshape(graph, dy, stretched), x!.shape), null];
};
