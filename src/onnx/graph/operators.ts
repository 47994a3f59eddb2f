import { type DataType, type Dimension, TYPE_NUMBERS, type Value } from './graph.js';
import type { GraphBuilder } from './graph-builder.js';

/** The shape of an elementwise operation's result: axes of size 1 are stretched. */
export const broadcastShape = (a: readonly Dimension[], b: readonly Dimension[]): Dimension[] => {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [x, y] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(`shapes must fit, received [${a.join(', ')}] and [${b.join(', ')}]`);
    }
    return x === 1 ? y : x;
  });
};

const binary = (operator: string) => (graph: GraphBuilder, a: Value, b: Value) =>
  graph.add(operator, [a, b], broadcastShape(a.shape, b.shape), {}, { type: a.type });

const unary = (operator: string) => (graph: GraphBuilder, x: Value) => graph.add(operator, [x], x.shape);

export const add = binary('Add');
export const sub = binary('Sub');
export const mul = binary('Mul');
export const div = binary('Div');
export const sqrt = unary('Sqrt');
export const exp = unary('Exp');
export const erf = unary('Erf');
export const tanh = unary('Tanh');
export const sigmoid = unary('Sigmoid');
export const relu = unary('Relu');
export const negate = unary('Neg');
export const reciprocal = unary('Reciprocal');

export const scale = (graph: GraphBuilder, x: Value, factor: number): Value =>
  factor === 1 ? x : mul(graph, x, graph.floats(factor));

/** x · Φ(x), or its approximation by tanh. */
export const gelu = (graph: GraphBuilder, x: Value, approximate: boolean): Value =>
  graph.add('Gelu', [x], x.shape, approximate ? { approximate: 'tanh' } : {});

/** Which factors of a matrix product are transposed, and what is added to it. */
export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  readonly bias?: Value | null;
}

/** op(a) · op(b) + bias of matrices. */
export const gemm = (graph: GraphBuilder, a: Value, b: Value, options: GemmOptions = {}): Value => {
  const { transA = false, transB = false, bias = null } = options;
  const inputs = bias === null ? [a, b] : [a, b, bias];
  const shape = [a.shape[transA ? 1 : 0]!, b.shape[transB ? 0 : 1]!];
  return graph.add('Gemm', inputs, shape, { transA: Number(transA), transB: Number(transB) });
};

/** How the factors of a batched matrix product lie in memory. */
export interface BatchMatMulOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Whether rows come first, before the batch: [M, …batch, K] instead of [… batch, M, K]. */
  readonly rowsFirstA?: boolean;
  readonly rowsFirstB?: boolean;
  /** A factor of the result. */
  readonly alpha?: number;
}

const batchFirst = (shape: readonly Dimension[], rowsFirst: boolean): readonly Dimension[] =>
  rowsFirst ? [...shape.slice(1, -1), shape[0]!, shape[shape.length - 1]!] : shape;

/** alpha · op(a) · op(b) for each matrix of a batch: […batch, M, N]. */
export const batchMatMul = (
  graph: GraphBuilder,
  a: Value,
  b: Value,
  {
    transA = false,
    transB = false,
    rowsFirstA = false,
    rowsFirstB = false,
    alpha = 1,
  }: BatchMatMulOptions = {},
): Value => {
  const [left, right] = [batchFirst(a.shape, rowsFirstA), batchFirst(b.shape, rowsFirstB)];
  const rank = left.length;
  const rows = left[rank - (transA ? 1 : 2)]!;
  const columns = right[right.length - (transB ? 2 : 1)]!;
  const shape = [...broadcastShape(left.slice(0, -2), right.slice(0, -2)), rows, columns];
  const attributes = {
    transA: Number(transA),
    transB: Number(transB),
    transBatchA: Number(rowsFirstA),
    transBatchB: Number(rowsFirstB),
    alpha: { float: alpha },
  };
  return graph.add('FusedMatMul', [a, b], shape, attributes, { domain: 'com.microsoft' });
};

export const softmax = (graph: GraphBuilder, x: Value): Value =>
  graph.add('Softmax', [x], x.shape, { axis: -1 });

/** Over the last axis: the result, each row's mean, and its inverse standard deviation. */
export const layerNormalization = (
  graph: GraphBuilder,
  x: Value,
  weight: Value,
  bias: Value | null,
  epsilon: number,
): Value => {
  const inputs = bias === null ? [x, weight] : [x, weight, bias];
  const rows = [...x.shape.slice(0, -1), 1];
  return graph.addMany('LayerNormalization', inputs, [x.shape, rows, rows], {
    axis: -1,
    epsilon: { float: epsilon },
  })[0]!;
};

/** Sums over some axes, kept with size 1 or dropped. */
export const reduceSum = (graph: GraphBuilder, x: Value, axes: readonly number[], keep: boolean): Value => {
  const shape = x.shape.flatMap((size, axis) => (!axes.includes(axis) ? [size] : keep ? [1] : []));
  return graph.add(
    'ReduceSum',
    [x, graph.integers(axes)],
    shape,
    { keepdims: Number(keep) },
    { type: x.type },
  );
};

export const reshape = (graph: GraphBuilder, x: Value, shape: readonly Dimension[]): Value =>
  graph.add('Reshape', [x, graph.shapeTensor(shape)], shape, {}, { type: x.type });

export const transpose = (graph: GraphBuilder, x: Value, perm: readonly number[]): Value =>
  graph.add(
    'Transpose',
    [x],
    perm.map((axis) => x.shape[axis]!),
    { perm },
    { type: x.type },
  );

/** Rows of a table: [...indices, ...row]. */
export const gather = (graph: GraphBuilder, table: Value, indices: Value): Value =>
  graph.add(
    'Gather',
    [table, indices],
    [...indices.shape, ...table.shape.slice(1)],
    { axis: 0 },
    { type: table.type },
  );

/** Columns [from, to) of the last axis. */
export const sliceColumns = (graph: GraphBuilder, x: Value, from: number, to: number): Value => {
  const axis = x.shape.length - 1;
  const inputs = [x, graph.integers([from]), graph.integers([to]), graph.integers([axis])];
  return graph.add('Slice', inputs, [...x.shape.slice(0, -1), to - from], {}, { type: x.type });
};

/** Side by side along the last axis. */
export const concatColumns = (graph: GraphBuilder, parts: readonly Value[]): Value => {
  const first = parts[0]!.shape;
  const width = parts.reduce((sum, { shape }) => sum + (shape[shape.length - 1] as number), 0);
  return graph.add('Concat', parts, [...first.slice(0, -1), width], { axis: first.length - 1 });
};

export const expand = (graph: GraphBuilder, x: Value, shape: readonly Dimension[]): Value =>
  graph.add('Expand', [x, graph.shapeTensor(shape)], shape, {}, { type: x.type });

export const cast = (graph: GraphBuilder, x: Value, type: DataType): Value =>
  graph.add('Cast', [x], x.shape, { to: TYPE_NUMBERS[type] }, { type });

/** [size], the whole numbers from 0. */
export const range = (graph: GraphBuilder, size: Dimension): Value => {
  const limit = graph.add('Squeeze', [graph.size(size)], [], {}, { type: 'int64' });
  return graph.add('Range', [graph.integers(0), limit, graph.integers(1)], [size], {}, { type: 'int64' });
};

/** Zeros of a shape, with rows added at indices: [rows, width]. */
export const scatterAddRows = (
  graph: GraphBuilder,
  rows: Dimension,
  indices: Value,
  updates: Value,
): Value => {
  const [count, width] = updates.shape as [Dimension, Dimension];
  const zeros = expand(graph, graph.floats(0), [rows, width]);
  const places = reshape(graph, indices, [count, 1]);
  return graph.add('ScatterND', [zeros, places, updates], [rows, width], { reduction: 'add' });
};
