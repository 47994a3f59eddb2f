import type { GradientRule } from './gradient-rule.js';

/** Of max(x, constant): dy where x is above it. */
export const maximumGradient: GradientRule = (graph, { inputs: [x, constant] }, dy) => {
  const isAbove = graph.add('Greater', [x!, constant!], x!.shape, {}, { type: 'bool' });
  return [graph.add('Where', [isAbove, dy, graph.floats(0)], x!.shape), null];
};
