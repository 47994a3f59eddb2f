import { div, scale } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

export const sqrtGradient: GradientRule = (graph, { outputs: [y] }, dy) => [
  scale(graph, div(graph, dy, y!), 0.5),
];
