import { mul, sub } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** dx = dy · y · (1 − y) */
export const sigmoidGradient: GradientRule = (graph, { outputs: [y] }, dy) => {
  const share = mul(graph, dy, y!);
  return [sub(graph, share, mul(graph, share, y!))];
};
