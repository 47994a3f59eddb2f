import { reshape } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

export const reshapeGradient: GradientRule = (graph, { inputs: [x] }, dy) => [
  reshape(graph, dy, x!.shape),
  null,
];
