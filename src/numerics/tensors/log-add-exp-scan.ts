import * as tf from '@tensorflow/tfjs';
import { NEGATIVE_SENTINEL } from '../negative-sentinel.js';

/** Up to this length log-step passes over the whole array cost less than halving it. */
const LOG_STEP_LENGTH = 512;

/** One level of a scan: its length and, where the scan is segmented, which items open a segment. */
interface ScanLevel {
  readonly length: number;
  readonly starts: Uint8Array | null;
}

/** Where segments begin, worked out on the host once and reused by every scan over the same layout. */
export interface ScanPlan {
  readonly length: number;
  readonly levels: readonly ScanLevel[];
}

/**
 * Plans an inclusive scan of `length` items.
 *
 * @param starts [length], 1 where a new segment begins; without it all items form one segment.
 */
export const planScan = (length: number, starts?: Uint8Array): ScanPlan => {
  const levels: ScanLevel[] = [{ length, starts: starts ?? null }];
  for (let level = levels[0]!; level.length > LOG_STEP_LENGTH; level = levels.at(-1)!) {
    levels.push(halve(level));
  }
  return { length, levels };
};

const halve = ({ length, starts }: ScanLevel): ScanLevel => {
  const half = Math.ceil(length / 2);
  if (starts === null) return { length: half, starts };
  const merged = new Uint8Array(half);
  for (let i = 0; i < length; i++) merged[i >> 1]! |= starts[i]!;
  return { length: half, starts: merged };
};

/** log(eᵃ + eᵇ), elementwise, exact for any finite a and b. */
export const logAddExp = <T extends tf.Tensor>(a: T, b: T): T =>
  tf.add(tf.maximum(a, b), tf.log1p(tf.exp(tf.neg(tf.abs(tf.sub(a, b))))));

/**
 * The inclusive prefix log-sum-exp y_k = log Σ_{i ≤ k} exp(x_i), restarted at each segment of the plan.
 *
 * A cumulative sum under one global maximum loses every item more than 88 below it in float32; here each
 * addition is a log-add-exp of its own, so the result is as exact as its inputs over any range. Neighbors
 * are merged pairwise until 512 items are left, those are scanned in log₂ steps, and the levels are filled
 * in on the way back: O(P) element operations in O(log P) kernels. Not differentiable: for use inside
 * tf.customGrad.
 *
 * @param x [P], finite (NaN stays NaN) and at least −1,000.
 * @returns [P].
 */
export const scanLogAddExp = (x: tf.Tensor1D, plan: ScanPlan = planScan(x.size)): tf.Tensor1D => {
  if (x.rank !== 1 || x.size !== plan.length) {
    throw new RangeError(`x must have shape [P] = [${plan.length}], received [${x.shape.join(', ')}]`);
  }
  return x.size === 0 ? x.clone() : tf.tidy(() => scanLevel(x, plan.levels, 0));
};

const scanLevel = (x: tf.Tensor1D, levels: readonly ScanLevel[], depth: number): tf.Tensor1D => {
  const level = levels[depth]!;
  if (depth === levels.length - 1) return scanByLogSteps(x, level);
  const half = levels[depth + 1]!.length;
  const padded = level.length === 2 * half ? x : tf.pad1d(x, [0, 1], NEGATIVE_SENTINEL);
  const pairs = tf.reshape(padded, [half, 2]);
  const even = tf.reshape(tf.slice(pairs, [0, 0], [half, 1]), [half]) as tf.Tensor1D;
  const odd = tf.reshape(tf.slice(pairs, [0, 1], [half, 1]), [half]) as tf.Tensor1D;
  const flags = level.starts;
  const merged = logAddExp(masked(even, flags, 1, half), odd);
  const scanned = scanLevel(merged, levels, depth + 1);
  const before = tf.pad1d(tf.slice(scanned, 0, half - 1), [1, 0], NEGATIVE_SENTINEL);
  const evenScanned = logAddExp(masked(before, flags, 0, half), even);
  const interleaved = tf.reshape(tf.stack([evenScanned, scanned], 1), [2 * half]) as tf.Tensor1D;
  return level.length === 2 * half ? interleaved : tf.slice(interleaved, 0, level.length);
};

/** `values` where item 2i + parity continues its segment, the sentinel where it opens one. */
const masked = (
  values: tf.Tensor1D,
  starts: Uint8Array | null,
  parity: number,
  half: number,
): tf.Tensor1D => {
  if (starts === null) return values;
  const opens = new Uint8Array(half);
  for (let i = 0; i < half; i++) opens[i] = starts[2 * i + parity] ?? 0;
  return tf.where(tf.tensor1d(opens, 'bool'), tf.fill([half], NEGATIVE_SENTINEL), values);
};

/** Hillis and Steele: after the step of distance d, item k holds the sum of its last 2d items. */
const scanByLogSteps = (x: tf.Tensor1D, { length, starts }: ScanLevel): tf.Tensor1D => {
  const offsets = starts === null ? null : segmentOffsets(starts);
  let scanned = x;
  for (let distance = 1; distance < length; distance *= 2) {
    const shifted = tf.pad1d(tf.slice(scanned, 0, length - distance), [distance, 0], NEGATIVE_SENTINEL);
    scanned = logAddExp(scanned, offsets === null ? shifted : withinSegment(shifted, offsets, distance));
  }
  return scanned === x ? x.clone() : scanned;
};

const segmentOffsets = (starts: Uint8Array): Int32Array => {
  const offsets = new Int32Array(starts.length);
  for (let i = 1; i < starts.length; i++) offsets[i] = starts[i] ? 0 : offsets[i - 1]! + 1;
  return offsets;
};

const withinSegment = (shifted: tf.Tensor1D, offsets: Int32Array, distance: number): tf.Tensor1D => {
  const crosses = Uint8Array.from(offsets, (offset) => (offset < distance ? 1 : 0));
  return tf.where(tf.tensor1d(crosses, 'bool'), tf.fill([offsets.length], NEGATIVE_SENTINEL), shifted);
};
