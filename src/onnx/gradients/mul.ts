import { mul } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

export const mulGradient: GradientRule = (graph, { inputs: [a, b] }, dy, wanted) => [
  wanted[0] ? sumToShape(graph, mul(graph, dy, b!), a!.shape) : null,
  wanted[1] ? sumToShape(graph, mul(graph, dy, a!), b!.shape) : null,
];
