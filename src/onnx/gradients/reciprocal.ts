import { mul, negate } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** dx = −dy · y² */
export const reciprocalGradient: GradientRule = (graph, { outputs: [y] }, dy) => [
  negate(graph, mul(graph, dy, mul(graph, y!, y!))),
];
