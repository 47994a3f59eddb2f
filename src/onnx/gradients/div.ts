import { div, mul, negate } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

/** d(a / b) = da / b − (a / b) · db / b */
export const divGradient: GradientRule = (graph, { inputs: [a, b], outputs: [y] }, dy, wanted) => {
  const share = div(graph, dy, b!);
  return [
    wanted[0] ? sumToShape(graph, share, a!.shape) : null,
    wanted[1] ? negate(graph, sumToShape(graph, mul(graph, share, y!), b!.shape)) : null,
  ];
};
