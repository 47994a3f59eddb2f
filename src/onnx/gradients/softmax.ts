import { mul, reduceSum, sub } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** dx = y · (dy − Σ y · dy) along the last axis. */
export const softmaxGradient: GradientRule = (graph, { outputs: [y] }, dy) => {
  const mean = reduceSum(graph, mul(graph, dy, y!), [y!.shape.length - 1], true);
  return [mul(graph, y!, sub(graph, dy, mean))];
};
