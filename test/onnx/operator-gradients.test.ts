import { beforeAll, describe, expect, it } from 'vitest';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { loadOnnxRuntime, type OnnxRuntime } from '../../src/onnx/engine/load-runtime.js';
import { differentiate } from '../../src/onnx/gradients/differentiate.js';
import { GRADIENT_RULES } from '../../src/onnx/gradients/index.js';
import { prunedGraph, type Value } from '../../src/onnx/graph/graph.js';
import { GraphBuilder } from '../../src/onnx/graph/graph-builder.js';
import {
  add,
  batchMatMul,
  broadcastShape,
  concatColumns,
  div,
  expand,
  gather,
  gelu,
  gemm,
  layerNormalization,
  mul,
  negate,
  reciprocal,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  sliceColumns,
  softmax,
  sqrt,
  sub,
  tanh,
  transpose,
} from '../../src/onnx/graph/operators.js';
import { waves } from './waves.js';

interface Case {
  readonly operator: string;
  readonly shapes: readonly (readonly number[])[];
  /** Above 0 where the operator needs it. */
  readonly positive?: true;
  build(graph: GraphBuilder, inputs: readonly Value[]): Value;
}

const binary = (operator: string, build: typeof add): Case[] =>
  [
    [
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3]],
    [
      [2, 1, 3],
      [4, 1],
    ],
  ].map((shapes) => ({ operator, shapes, positive: true, build: (graph, [a, b]) => build(graph, a!, b!) }));

const unary = (
  operator: string,
  build: (graph: GraphBuilder, x: Value) => Value,
  positive = false,
): Case => ({
  operator,
  shapes: [[3, 4]],
  ...(positive ? { positive: true as const } : {}),
  build: (graph, [x]) => build(graph, x!),
});

const flags = [false, true];
const products: Case[] = flags.flatMap((transA) =>
  flags.map((transB) => ({
    operator: 'Gemm',
    shapes: [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4], [4]],
    build: (graph, [a, b, bias]) => gemm(graph, a!, b!, { transA, transB, bias: bias! }),
  })),
);
const batches: Case[] = flags.flatMap((transA) =>
  flags.flatMap((transB) =>
    flags.flatMap((rowsFirstA) =>
      flags.map((rowsFirstB): Case => {
        const [a, b] = [transA ? [3, 2] : [2, 3], transB ? [4, 3] : [3, 4]];
        const shape = ([m, n]: number[], rowsFirst: boolean) => (rowsFirst ? [m!, 2, 3, n!] : [2, 3, m!, n!]);
        return {
          operator: 'FusedMatMul',
          shapes: [shape(a, rowsFirstA), shape(b, rowsFirstB)],
          build: (graph, [x, y]) =>
            batchMatMul(graph, x!, y!, { transA, transB, rowsFirstA, rowsFirstB, alpha: 0.7 }),
        };
      }),
    ),
  ),
);

const cases: Case[] = [
  ...binary('Add', add),
  ...binary('Sub', sub),
  ...binary('Mul', mul),
  ...binary('Div', div),
  unary('Sqrt', sqrt, true),
  unary('Reciprocal', reciprocal, true),
  unary('Neg', negate),
  unary('Tanh', tanh),
  unary('Sigmoid', sigmoid),
  ...binary('Where', (graph, a, b) => {
    const shape = broadcastShape(a.shape, b.shape);
    // Half of the places from either side.
    const isLarge = graph.add('Greater', [sub(graph, a, b), graph.floats(0)], shape, {}, { type: 'bool' });
    return graph.add('Where', [isLarge, a, b], shape);
  }),
  unary('Relu', relu),
  unary('Gelu', (graph, x) => gelu(graph, x, false)),
  unary('Gelu', (graph, x) => gelu(graph, x, true)),
  unary('Max', (graph, x) => graph.add('Max', [x, graph.floats(0.1)], x.shape)),
  unary('Softmax', softmax),
  unary('ReduceSum', (graph, x) => reduceSum(graph, x, [1], true)),
  unary('ReduceSum', (graph, x) => reduceSum(graph, x, [0], false)),
  unary('Reshape', (graph, x) => reshape(graph, x, [2, 6])),
  unary('Slice', (graph, x) => sliceColumns(graph, x, 1, 3)),
  { operator: 'Transpose', shapes: [[2, 3, 4]], build: (graph, [x]) => transpose(graph, x!, [2, 0, 1]) },
  { operator: 'Expand', shapes: [[2, 1, 3]], build: (graph, [x]) => expand(graph, x!, [2, 4, 3]) },
  {
    operator: 'Concat',
    shapes: [
      [2, 1],
      [2, 3],
    ],
    build: (graph, parts) => concatColumns(graph, parts),
  },
  {
    operator: 'Gather',
    shapes: [[4, 3]],
    build: (graph, [table]) => gather(graph, table!, graph.integers([2, 0, 2])),
  },
  {
    operator: 'LayerNormalization',
    shapes: [[3, 5], [5], [5]],
    build: (graph, [x, weight, bias]) => layerNormalization(graph, x!, weight!, bias!, 1e-5),
  },
  ...products,
  ...batches,
];

const sizeOf = (shape: readonly unknown[]) =>
  (shape as number[]).reduce((product, size) => product * size, 1);

describe('the gradient of an operator', () => {
  let runtime: OnnxRuntime;
  beforeAll(async () => {
    runtime = await loadOnnxRuntime();
  });

  it('has a test for every rule', () => {
    expect([...new Set(cases.map(({ operator }) => operator))].sort()).toEqual(
      Object.keys(GRADIENT_RULES).sort(),
    );
  });

  it.each(
    cases.map((each, i) => [`${each.operator} (${i}) of ${JSON.stringify(each.shapes)}`, each] as const),
  )('%s is the slope by finite differences', async (_name, { shapes, positive, build }) => {
    const graph = new GraphBuilder();
    const inputs = shapes.map((shape, i) => graph.input(`x${i}`, 'float32', shape));
    const result = build(graph, inputs);
    const dy = graph.input('dy', 'float32', result.shape);
    const { dense } = differentiate(graph, result, dy, inputs);
    const gradients = inputs.map((input) => dense.get(input)!);
    const session = await GraphSession.create(runtime, prunedGraph(graph.build([result, ...gradients])), {
      threads: 1,
    });
    const feeds = new Map(
      shapes.map((shape, i) => [
        `x${i}`,
        waves(`x${i}`, sizeOf(shape), positive ? 0.5 : 1, positive ? 2 : 0),
      ]),
    );
    const slope = waves('dy', sizeOf(result.shape), 1);
    feeds.set('dy', slope);
    const value = async () => {
      const out = (await session.run(feeds, {})).get(result.name) as Float32Array;
      return out.reduce((sum, y, i) => sum + y * slope[i]!, 0);
    };
    const found = await session.run(feeds, {});
    for (const [i, gradient] of gradients.entries()) {
      const values = feeds.get(`x${i}`)!;
      const exact = found.get(gradient.name) as Float32Array;
      expect(exact.length).toBe(values.length);
      for (let k = 0; k < values.length; k++) {
        const before = values[k]!;
        const h = 2 ** -8;
        values[k] = before + h;
        const above = await value();
        values[k] = before - h;
        const below = await value();
        values[k] = before;
        expect(Math.abs(exact[k]! - (above - below) / (2 * h))).toBeLessThan(
          2e-3 * Math.max(1, Math.abs(exact[k]!)),
        );
      }
    }
    await session.close();
  });
});
