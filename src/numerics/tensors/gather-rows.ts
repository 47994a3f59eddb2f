import * as tf from '@tensorflow/tfjs';
import { customGradient } from './custom-gradient.js';
import { wasmKernels } from './wasm-kernels.js';
import { isPacked } from './web-gl.js';

type RowIndices = tf.Tensor1D | ArrayLike<number>;

const indexTensor = (indices: RowIndices): tf.Tensor1D =>
  indices instanceof tf.Tensor ? (indices as tf.Tensor1D) : tf.tensor1d(Int32Array.from(indices), 'int32');

const checkIndices = (indices: RowIndices, rows: number): void => {
  if (indices instanceof tf.Tensor && (indices.dtype !== 'int32' || indices.rank !== 1)) {
    throw new RangeError(
      `indices must be an int32 tensor of rank 1, received ${indices.dtype} of shape [${indices.shape}]`,
    );
  }
  // Our own kernels write where an index says, so it is looked at; on other backends that would be a wait.
  if (indices instanceof tf.Tensor && wasmKernels() === null) return;
  const values: ArrayLike<number> = indices instanceof tf.Tensor ? indices.dataSync() : indices;
  for (let i = 0; i < values.length; i++) {
    const row = values[i]!;
    if (!(Number.isInteger(row) && row >= 0 && row < rows)) {
      throw new RangeError(`indices[${i}] must be a row in [0, ${rows}), received ${row}`);
    }
  }
};

/**
 * Rows of `x`, repeats allowed, with a gradient that every backend can compute.
 *
 * The stock gradient of tf.gather needs `UnsortedSegmentSum`, which the WASM backend lacks; this one adds the
 * incoming rows up by `scatterND`.
 *
 * @param x [N, ...], rank 1 or more.
 * @param indices [M], rows in [0, N): host numbers, or an int32 tensor (checked on wasm alone: it is not read back).
 * @returns [M, ...]; differentiable in `x`, to any order.
 * @throws {RangeError} When an index is out of range or an index tensor is not int32 of rank 1.
 */
export const gatherRows = <T extends tf.Tensor>(x: T, indices: RowIndices): T => {
  if (x.rank < 1) throw new RangeError('x must have rank 1 or more, received a scalar');
  checkIndices(indices, x.shape[0]!);
  const rows = x.shape[0]!;
  return tf.tidy(() => (isEveryRow(indices, rows) ? same(x) : gatherBy(x, indexTensor(indices), rows))) as T;
};

/**
 * The adjoint of {@link gatherRows}: row i of `updates` is added to row `indices[i]` of a zero tensor.
 *
 * @param updates [M, ...].
 * @param indices [M], rows in [0, rows).
 * @returns [rows, ...]; differentiable in `updates`, to any order.
 */
export const scatterRows = <T extends tf.Tensor>(updates: T, indices: RowIndices, rows: number): T => {
  checkIndices(indices, rows);
  const count = indices instanceof tf.Tensor ? indices.size : indices.length;
  if (updates.rank < 1 || updates.shape[0] !== count) {
    throw new RangeError(
      `updates must have ${count} rows, one an index, received shape [${updates.shape.join(', ')}]`,
    );
  }
  return tf.tidy(() =>
    isEveryRow(indices, rows) ? same(updates) : scatterBy(updates, indexTensor(indices), rows),
  ) as T;
};

/**
 * Whether every row stands in its own place, as where query i belongs to document i. WebGL's scatter reads every update for
 * every row, which takes longer than all else that a loss does.
 */
const isEveryRow = (indices: RowIndices, rows: number): boolean => {
  if (indices instanceof tf.Tensor || indices.length !== rows) return false;
  for (let i = 0; i < rows; i++) if (indices[i] !== i) return false;
  return true;
};

const same = (x: tf.Tensor): tf.Tensor =>
  customGradient([x], () => ({ value: x.clone(), saved: [], gradient: (dy) => [dy] }));

/** The wasm backend's own gather visits element by element; ours copies whole rows. */
const gathered = (x: tf.Tensor, indices: tf.Tensor1D): tf.Tensor => {
  const kernels = x.dtype === 'float32' && x.size > 0 ? wasmKernels() : null;
  if (kernels === null) return tf.gather(x, indices);
  const { run, pointer, output } = kernels;
  const rows = output([indices.size, ...x.shape.slice(1)]);
  run.gather(pointer(x), pointer(indices), pointer(rows), indices.size, x.size / x.shape[0]!);
  return rows;
};

const scattered = (updates: tf.Tensor, indices: tf.Tensor1D, shape: number[]): tf.Tensor => {
  const kernels = updates.dtype === 'float32' && updates.size > 0 ? wasmKernels() : null;
  if (kernels === null) {
    const [positions, rows] = isPacked() ? evenUpdates(indices, updates) : [indices, updates];
    return tf.scatterND(tf.reshape(positions, [-1, 1]), rows, shape);
  }
  const { run, pointer, output } = kernels;
  const sums = output(shape);
  const count = indices.size;
  run.scatter(pointer(updates), pointer(indices), pointer(sums), count, shape[0]!, updates.size / count);
  return sums;
};

/**
 * WebGL scatters two rows at a time, and adds what other operations left behind the last of an odd number to row 0: a row
 * of 0 for row 0 makes them even.
 */
const evenUpdates = (indices: tf.Tensor1D, updates: tf.Tensor): [tf.Tensor1D, tf.Tensor] =>
  indices.size % 2 === 0
    ? [indices, updates]
    : [
        tf.pad1d(indices, [0, 1]),
        tf.pad(
          updates,
          updates.shape.map((_, axis): [number, number] => [0, axis === 0 ? 1 : 0]),
        ),
      ];

const gatherBy = (x: tf.Tensor, indices: tf.Tensor1D, rows: number): tf.Tensor =>
  customGradient([x], () => ({
    value: indices.size === 0 ? tf.zeros([0, ...x.shape.slice(1)]) : gathered(x, indices),
    saved: [indices],
    gradient: (dy, [kept]) => [scatterBy(dy, kept as tf.Tensor1D, rows)],
  }));

const scatterBy = (updates: tf.Tensor, indices: tf.Tensor1D, rows: number): tf.Tensor =>
  customGradient([updates], () => {
    const shape = [rows, ...updates.shape.slice(1)];
    const empty = indices.size === 0 || rows === 0;
    return {
      value: empty ? tf.zeros(shape) : scattered(updates, indices, shape),
      saved: [indices],
      gradient: (dy, [kept]) => [gatherBy(dy, kept as tf.Tensor1D, rows)],
    };
  });
