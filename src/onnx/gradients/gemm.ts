import { gemm } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

/** Products of the same kind: nothing is transposed in memory. */
export const gemmGradient: GradientRule = (graph, { inputs, attributes }, dy, wanted) => {
  const [a, b, bias] = inputs;
  const [transA, transB] = [attributes.transA === 1, attributes.transB === 1];
  const da = () =>
    transA ? gemm(graph, b!, dy, { transA: transB, transB: true }) : gemm(graph, dy, b!, { transB: !transB });
  const db = () =>
    transB ? gemm(graph, dy, a!, { transA: true, transB: transA }) : gemm(graph, a!, dy, { transA: !transA });
  const gradients = [wanted[0] ? da() : null, wanted[1] ? db() : null];
  return bias === undefined
    ? gradients
    : [...gradients, wanted[2] ? sumToShape(graph, dy, bias!.shape) : null];
};
