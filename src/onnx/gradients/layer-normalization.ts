import { mul, reduceSum, scale, sub } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

/** With x̂ = (x − mean) / deviation and g = dy · weight: dx = (g − mean(g) − x̂ · mean(g · x̂)) / deviation. */
export const layerNormalizationGradient: GradientRule = (graph, { inputs, outputs }, dy, wanted) => {
  const [x, weight, bias] = inputs;
  const [, mean, inverse] = outputs;
  const last = x!.shape.length - 1;
  const width = x!.shape[last] as number;
  const normal = mul(graph, sub(graph, x!, mean!), inverse!);
  const dx = () => {
    const g = mul(graph, dy, weight!);
    const mean1 = scale(graph, reduceSum(graph, g, [last], true), 1 / width);
    const mean2 = scale(graph, reduceSum(graph, mul(graph, g, normal), [last], true), 1 / width);
    return mul(graph, sub(graph, sub(graph, g, mean1), mul(graph, normal, mean2)), inverse!);
  };
  const gradients = [
    wanted[0] ? dx() : null,
    wanted[1] ? sumToShape(graph, mul(graph, dy, normal), weight!.shape) : null,
  ];
  return bias === undefined
    ? gradients
    : [...gradients, wanted[2] ? sumToShape(graph, dy, bias!.shape) : null];
};
