import { mul, sub } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** dx = dy − dy · y² */
export const tanhGradient: GradientRule = (graph, { outputs: [y] }, dy) => [
  sub(graph, dy, mul(graph, dy, mul(graph, y!, y!))),
];
