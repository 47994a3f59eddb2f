import * as tf from '@tensorflow/tfjs';
import { customGradient, gatherRows, matMul, scatterRows } from '../numerics/tensors/index.js';

/** Which term stands in which text, and the part of each term's vector that is not learned. */
export interface BagLayout {
  /** Text i owns entries offsets[i] to offsets[i + 1]. */
  readonly offsets: Uint32Array;
  /** [E], each entry's place among the distinct terms. */
  readonly columns: Uint32Array;
  /** [U], vocabulary rows of the distinct terms in rising order; those from `known` on have no learned part. */
  readonly terms: Uint32Array;
  readonly known: number;
  /** [U, D] */
  readonly fixed: Float32Array;
}

/** Backends whose tensors live in this process's memory: reading them back costs a copy, not a wait. */
const HOST_BACKENDS: readonly string[] = ['wasm', 'cpu'];

/**
 * Weighted sums of term vectors: row i is Σ_e values[e] · (fixed[t(e)] + deltas[t(e)]) over the entries e of text i.
 *
 * On the wasm and cpu backends the sums run over the entries alone, on the host: a batch touches a hundredth of the
 * [N, U] matrix that the dense product of the other backends fills.
 *
 * @param values [E]
 * @param deltas [V, D]
 * @returns [N, D]; differentiable once in `values` and `deltas`.
 */
export const bagProduct = (values: tf.Tensor1D, deltas: tf.Tensor2D, layout: BagLayout): tf.Tensor2D =>
  HOST_BACKENDS.includes(tf.getBackend())
    ? sparseProduct(values, deltas, layout)
    : denseProduct(values, deltas, layout);

export const denseProduct = (values: tf.Tensor1D, deltas: tf.Tensor2D, layout: BagLayout): tf.Tensor2D => {
  const { offsets, columns, terms, known, fixed } = layout;
  const texts = offsets.length - 1;
  const width = terms.length;
  const cells = new Int32Array(columns.length);
  for (let i = 0; i < texts; i++) {
    for (let e = offsets[i]!; e < offsets[i + 1]!; e++) cells[e] = i * width + columns[e]!;
  }
  const weights = tf.reshape(scatterRows(values, cells, texts * width), [texts, width]) as tf.Tensor2D;
  const dimensions = deltas.shape[1];
  const learned = gatherRows(deltas, terms.subarray(0, known));
  const padded = known === width ? learned : tf.concat([learned, tf.zeros([width - known, dimensions])], 0);
  return matMul(weights, tf.add(tf.tensor2d(fixed, [width, dimensions]), padded) as tf.Tensor2D);
};

export const sparseProduct = (values: tf.Tensor1D, deltas: tf.Tensor2D, layout: BagLayout): tf.Tensor2D => {
  const { offsets, columns, terms, known, fixed } = layout;
  const [vocabulary, dimensions] = deltas.shape;
  const texts = offsets.length - 1;
  const rows = tf.tensor2d(Int32Array.from(terms.subarray(0, known)), [known, 1], 'int32');
  return customGradient<tf.Tensor2D>([values, deltas], () => {
    const value = values.dataSync() as Float32Array;
    const vectors = fixed.slice();
    if (known > 0) {
      // tf.gather visits element by element on wasm; gatherND copies whole rows.
      const delta = tf.gatherND(deltas, rows).dataSync();
      for (let i = 0; i < delta.length; i++) vectors[i] = vectors[i]! + delta[i]!;
    }
    const sums = weightedSums(offsets, columns, value, vectors, dimensions);
    return {
      value: tf.tensor2d(sums, [texts, dimensions]),
      saved: [rows],
      gradient: (dy, [savedRows]) => {
        const upstream = dy.dataSync() as Float32Array;
        const dots = tf.tensor1d(entryDots(layout, upstream, vectors, dimensions));
        if (known === 0) return [dots, tf.zeros([vocabulary, dimensions])];
        const { starts, entries, texts: places } = byTerm(layout);
        const weightOf = Float32Array.from(entries, (e) => value[e]!);
        const gradient = weightedSums(starts, places, weightOf, upstream, dimensions);
        const updates = tf.tensor2d(gradient, [known, dimensions]);
        return [dots, tf.scatterND(savedRows!, updates, [vocabulary, dimensions])];
      },
    };
  });
};

/** The entries of the known terms, term by term, with the text each stands in. */
const byTerm = ({ offsets, columns, known }: BagLayout) => {
  const starts = new Uint32Array(known + 1);
  for (const column of columns) if (column < known) starts[column + 1] = starts[column + 1]! + 1;
  for (let u = 0; u < known; u++) starts[u + 1] = starts[u + 1]! + starts[u]!;
  const next = starts.slice();
  const entries = new Uint32Array(starts[known]!);
  const texts = new Uint32Array(entries.length);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let e = offsets[i]!; e < offsets[i + 1]!; e++) {
      const column = columns[e]!;
      if (column >= known) continue;
      const place = next[column]!;
      entries[place] = e;
      texts[place] = i;
      next[column] = place + 1;
    }
  }
  return { starts, entries, texts };
};

/**
 * Row i is the sum over e in [offsets[i], offsets[i + 1]) of weights[e] times row columns[e] of `source`.
 *
 * Eight sums at a time stay in registers: three times as fast as adding row by row.
 */
const weightedSums = (
  offsets: Uint32Array,
  columns: Uint32Array,
  weights: Float32Array,
  source: Float32Array,
  dimensions: number,
): Float32Array => {
  const rows = offsets.length - 1;
  const sums = new Float32Array(rows * dimensions);
  const whole = dimensions - (dimensions % 8);
  for (let i = 0; i < rows; i++) {
    const start = offsets[i]!;
    const end = offsets[i + 1]!;
    const target = i * dimensions;
    for (let j = 0; j < whole; j += 8) {
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      let s4 = 0;
      let s5 = 0;
      let s6 = 0;
      let s7 = 0;
      for (let e = start; e < end; e++) {
        const weight = weights[e]!;
        const at = columns[e]! * dimensions + j;
        s0 += weight * source[at]!;
        s1 += weight * source[at + 1]!;
        s2 += weight * source[at + 2]!;
        s3 += weight * source[at + 3]!;
        s4 += weight * source[at + 4]!;
        s5 += weight * source[at + 5]!;
        s6 += weight * source[at + 6]!;
        s7 += weight * source[at + 7]!;
      }
      sums[target + j] = s0;
      sums[target + j + 1] = s1;
      sums[target + j + 2] = s2;
      sums[target + j + 3] = s3;
      sums[target + j + 4] = s4;
      sums[target + j + 5] = s5;
      sums[target + j + 6] = s6;
      sums[target + j + 7] = s7;
    }
    for (let j = whole; j < dimensions; j++) {
      let sum = 0;
      for (let e = start; e < end; e++) sum += weights[e]! * source[columns[e]! * dimensions + j]!;
      sums[target + j] = sum;
    }
  }
  return sums;
};

/** Per entry, the dot product of its text's upstream gradient and its term's vector. */
const entryDots = (
  { offsets, columns }: BagLayout,
  upstream: Float32Array,
  vectors: Float32Array,
  dimensions: number,
): Float32Array => {
  const dots = new Float32Array(columns.length);
  const whole = dimensions - (dimensions % 4);
  for (let i = 0; i + 1 < offsets.length; i++) {
    const left = i * dimensions;
    for (let e = offsets[i]!; e < offsets[i + 1]!; e++) {
      const right = columns[e]! * dimensions;
      let s0 = 0;
      let s1 = 0;
      let s2 = 0;
      let s3 = 0;
      for (let j = 0; j < whole; j += 4) {
        s0 += upstream[left + j]! * vectors[right + j]!;
        s1 += upstream[left + j + 1]! * vectors[right + j + 1]!;
        s2 += upstream[left + j + 2]! * vectors[right + j + 2]!;
        s3 += upstream[left + j + 3]! * vectors[right + j + 3]!;
      }
      for (let j = whole; j < dimensions; j++) s0 += upstream[left + j]! * vectors[right + j]!;
      dots[e] = s0 + s1 + s2 + s3;
    }
  }
  return dots;
};
