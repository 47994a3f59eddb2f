import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

export const whereGradient: GradientRule = (graph, { inputs: [condition, a, b] }, dy, wanted) => {
  const zero = graph.floats(0);
  return [
    null,
    wanted[1] ? sumToShape(graph, graph.add('Where', [condition!, dy, zero], dy.shape), a!.shape) : null,
    wanted[2] ? sumToShape(graph, graph.add('Where', [condition!, zero, dy], dy.shape), b!.shape) : null,
  ];
};
