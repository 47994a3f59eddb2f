import type { Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { batchMatMul, transpose } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';
import { sumToShape } from './sum-to-shape.js';

/** […batch, M, K] to [M, …batch, K]. */
const rowsToFront = (graph: GraphBuilder, x: Value): Value => {
  const rank = x.shape.length;
  return transpose(graph, x, [rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1]);
};

const batchFirstShape = ({ shape }: Value, rowsFirst: boolean) =>
  rowsFirst ? [...shape.slice(1, -1), shape[0]!, shape[shape.length - 1]!] : shape;

export const fusedMatMulGradient: GradientRule = (graph, { inputs: [a, b], attributes }, dy, wanted) => {
  const [transA, transB] = [attributes.transA === 1, attributes.transB === 1];
  const [rowsFirstA, rowsFirstB] = [attributes.transBatchA === 1, attributes.transBatchB === 1];
  const alpha = (attributes.alpha as { float: number }).float;
  const da = () => {
    const product = transA
      ? batchMatMul(graph, b!, dy, { transA: transB, transB: true, rowsFirstA: rowsFirstB, alpha })
      : batchMatMul(graph, dy, b!, { transB: !transB, rowsFirstB, alpha });
    const summed = sumToShape(graph, product, batchFirstShape(a!, rowsFirstA));
    return rowsFirstA ? rowsToFront(graph, summed) : summed;
  };
  const db = () => {
    const product = transB
      ? batchMatMul(graph, dy, a!, { transA: true, transB: transA, rowsFirstB: rowsFirstA, alpha })
      : batchMatMul(graph, a!, dy, { transA: !transA, rowsFirstA, alpha });
    const summed = sumToShape(graph, product, batchFirstShape(b!, rowsFirstB));
    return rowsFirstB ? rowsToFront(graph, summed) : summed;
  };
  return [wanted[0] ? da() : null, wanted[1] ? db() : null];
};
