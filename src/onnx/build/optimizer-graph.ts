import type { Dimension, Graph, Value } from '../graph/graph.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { add, div, mul, reduceSum, reshape, sqrt, sub } from '../graph/operators.js';

/** The names of a tensor's axes, for graphs that serve every size. */
const axes = (rank: number): Dimension[] => Array.from({ length: rank }, (_, axis) => `size${axis}`);

/** The sizes of a shape by the names of axes. */
export const axisSizes = (shape: readonly number[]): Record<string, number> =>
  Object.fromEntries(shape.map((size, axis) => [`size${axis}`, size]));

const named = (graph: GraphBuilder, value: Value, name: string): Value =>
  graph.alias(value, { ...value, name });

/** What an AdamW graph is given beside tensors: one number each, in the order of its formula. */
export const ADAM_W_NUMBERS = [
  'gradientScale',
  'beta1',
  'rest1',
  'beta2',
  'rest2',
  'epsilon',
  'keep',
  'rate',
] as const;

/**
 * One step of AdamW over a tensor of some rank: from `weight`, `first`, `second` and `gradient` to `weight/next`, `first/next`
 * and `second/next`, as the host's own step computes them.
 *
 * m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← keep · w − rate · m / (√v + ε)
 */
export const adamWGraph = (rank: number): Graph => {
  const graph = new GraphBuilder();
  const tensor = (name: string) => graph.input(name, 'float32', axes(rank));
  const [weight, first, second, gradient] = ['weight', 'first', 'second', 'gradient'].map(tensor) as [
    Value,
    Value,
    Value,
    Value,
  ];
  const [gradientScale, beta1, rest1, beta2, rest2, epsilon, keep, rate] = ADAM_W_NUMBERS.map((name) =>
    graph.input(name, 'float32', [1]),
  ) as [Value, Value, Value, Value, Value, Value, Value, Value];
  const g = mul(graph, gradient, gradientScale);
  const mean = add(graph, mul(graph, first, beta1), mul(graph, g, rest1));
  const variance = add(graph, mul(graph, second, beta2), mul(graph, mul(graph, g, rest2), g));
  const direction = div(graph, mean, add(graph, sqrt(graph, variance), epsilon));
  const next = sub(graph, mul(graph, weight, keep), mul(graph, direction, rate));
  return graph.build([
    named(graph, next, 'weight/next'),
    named(graph, mean, 'first/next'),
    named(graph, variance, 'second/next'),
  ]);
};

/** `a` + `b` = `sum`, of some rank. */
export const sumGraph = (rank: number): Graph => {
  const graph = new GraphBuilder();
  const [a, b] = [graph.input('a', 'float32', axes(rank)), graph.input('b', 'float32', axes(rank))];
  return graph.build([named(graph, add(graph, a, b), 'sum')]);
};

/** The same tensor as `copy`, of some rank: from the host to a device, or back. */
export const copyGraph = (rank: number): Graph => {
  const graph = new GraphBuilder();
  return graph.build([named(graph, graph.input('tensor', 'float32', axes(rank)), 'copy')]);
};

/** The sum of squares of each tensor, `squares` [tensors]. */
export const squaresGraph = (shapes: ReadonlyMap<string, readonly number[]>): Graph => {
  const graph = new GraphBuilder();
  const sums = [...shapes].map(([name, shape]) => {
    const x = graph.input(name, 'float32', shape);
    // Row by row first: a sum of millions of float32 numbers, one after another, would lose digits.
    let sum = mul(graph, x, x);
    for (let axis = shape.length - 1; axis >= 0; axis--) sum = reduceSum(graph, sum, [axis], false);
    return reshape(graph, sum, [1]);
  });
  const all = graph.add('Concat', sums, [sums.length], { axis: 0 });
  return graph.build([named(graph, all, 'squares')]);
};
