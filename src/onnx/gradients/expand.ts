import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

/** The sum over what was stretched. */
export const expandGradient: GradientRule = (graph, { inputs: [x] }, dy) => [
  sumToShape(graph, dy, x!.shape),
  null,
];
