import { negate } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

export const subGradient: GradientRule = (graph, { inputs: [a, b] }, dy, wanted) => [
  wanted[0] ? sumToShape(graph, dy, a!.shape) : null,
  wanted[1] ? negate(graph, sumToShape(graph, dy, b!.shape)) : null,
];
