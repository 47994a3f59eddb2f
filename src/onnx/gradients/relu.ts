import type { GradientRule } from './gradient-rule.js';

/** dy where the result is above 0. */
export const reluGradient: GradientRule = (graph, { outputs: [y] }, dy) => {
  const isOn = graph.add('Greater', [y!, graph.floats(0)], y!.shape, {}, { type: 'bool' });
  return [graph.add('Where', [isOn, dy, graph.floats(0)], y!.shape)];
};
