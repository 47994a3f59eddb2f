import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

export const addGradient: GradientRule = (graph, { inputs }, dy, wanted) =>
  inputs.map((input, i) => (wanted[i] ? sumToShape(graph, dy, input!.shape) : null));
