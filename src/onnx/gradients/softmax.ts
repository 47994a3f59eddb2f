import type { Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { mul, reduceSum, sub } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/**
 * Attention's shares y multiply values, z = y · v, and dy = dz · vᵀ: then Σ y · dy is Σ z · dz, over a head's width in the
 * place of a text's length. Null where y is used otherwise.
 */
const sumOfProducts = (graph: GraphBuilder, y: Value, dy: Value): Value | null => {
  const forward = graph.nodes.find(({ operator, inputs }) => operator === 'FusedMatMul' && inputs[0] === y);
  const back = graph.nodes.find(({ outputs }) => outputs[0] === dy);
  const plain = ['transA', 'transB', 'transBatchA'];
  if (forward === undefined || back?.operator !== 'FusedMatMul') return null;
  if (plain.some((name) => forward.attributes[name] !== 0) || back.inputs[1] !== forward.inputs[1])
    return null;
  const [z, dz] = [forward.outputs[0]!, back.inputs[0]!];
  return reduceSum(graph, mul(graph, z, dz), [z.shape.length - 1], true);
};

/** dx = y · (dy − Σ y · dy) along the last axis. */
export const softmaxGradient: GradientRule = (graph, { outputs: [y] }, dy) => {
  const sum =
    sumOfProducts(graph, y!, dy) ?? reduceSum(graph, mul(graph, dy, y!), [y!.shape.length - 1], true);
  return [mul(graph, y!, sub(graph, dy, sum))];
};
