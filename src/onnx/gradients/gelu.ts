import type { Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';
import { add, erf, exp, mul, scale, sub, tanh } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** Φ(x) + x · φ(x), with u = x / √2: ½ + ½ · erf(u) + u · exp(ln(1 / √π) − u²) */
const exactSlope = (graph: GraphBuilder, x: Value): Value => {
  const u = scale(graph, x, Math.SQRT1_2);
  const half = graph.add('HardSigmoid', [erf(graph, u)], x.shape, {
    // An affine map in one pass: ½ · erf + ½ never leaves [0, 1].
    alpha: { float: 0.5 },
    beta: { float: 0.5 },
  });
  const bell = exp(graph, sub(graph, graph.floats(-0.5 * Math.log(Math.PI)), mul(graph, u, u)));
  return add(graph, half, mul(graph, u, bell));
};

const LINEAR = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715 * LINEAR;

/** With t = tanh(u): ½ (1 + t) + ½ x · (1 − t²) · u′ */
const approximateSlope = (graph: GraphBuilder, x: Value): Value => {
  const square = mul(graph, x, x);
  const one = graph.floats(1);
  const inner = add(graph, scale(graph, square, CUBIC), graph.floats(LINEAR));
  const t = tanh(graph, mul(graph, x, inner));
  const slope = add(graph, scale(graph, square, 3 * CUBIC), graph.floats(LINEAR));
  const steep = mul(graph, sub(graph, one, mul(graph, t, t)), mul(graph, x, slope));
  return scale(graph, add(graph, add(graph, one, t), steep), 0.5);
};

export const geluGradient: GradientRule = (graph, { inputs: [x], attributes }, dy) => [
  mul(graph, dy, attributes.approximate === 'tanh' ? approximateSlope(graph, x!) : exactSlope(graph, x!)),
];
