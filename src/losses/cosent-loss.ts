import * as tf from '@tensorflow/tfjs';
import {
  customGradient,
  NEGATIVE_SENTINEL,
  planScan,
  type ScanPlan,
  scanLogAddExp,
} from '../numerics/tensors/index.js';
import { readScores } from './check-tensors.js';
import { checkOptions, type Numbers } from './checks.js';
import {
  COSENT_OPTIONS,
  type CosentOptions,
  type CosentSettings,
  readCosentArguments,
} from './cosent-options.js';
import { cosentOnHostTensors } from './host-path.js';
import { type LabelOrder, pairMass } from './label-order.js';
import { logSumExpWithZero } from './log-sum-exp-with-zero.js';

/**
 * The CoSENT loss: penalizes every two items whose scores are not in the order of their labels.
 *
 * L = log(1 + Σ_{y_j < y_k − m} w_j w_k exp((s_j − s_k) / τ)),
 * where j should score below k. Natural logarithm, strict inequality, a sum over ordered pairs.
 *
 * Equal labels, or labels within the margin, make no ordered pair. Without an ordered pair, or for P = 0, the loss is 0
 * with a zero gradient. A weight of 0 removes an item. NaN scores give NaN.
 *
 * Labels, weights and groups are sorted on the host. Arrays are there already; a tensor is read back once a call, which
 * costs nothing on the CPU backends and waits for the device on WebGL; on WebGPU it is slow in browsers and impossible in
 * Node, so pass arrays there. `(yTrue, yPred) => cosentLoss(yPred, yTrue)` is a loss for `model.compile`.
 *
 * @param scores [P] or [P, 1], float32 or int32; cosines in [-1, 1] or any other similarity, higher meaning closer.
 * @param labels [P], any real numbers; only their order and the margin matter.
 * @returns Scalar, at least 0 unless `normalize` is `pairs`; differentiable once in `scores` and in a
 * tensor `temperature`.
 * @throws {TypeError|RangeError} When shapes do not agree, a label is not finite, a weight is negative or
 * not finite, the margin negative, or the temperature not above 0; before any kernel runs.
 *
 * O(P log P) time, O(P) memory, for value and gradient alike. On `cpu`, `wasm` and tfjs-node all of it runs on the host
 * and no kernel is launched; on WebGL and WebGPU the labels are sorted there, O(P) element operations run in O(log P)
 * kernels, and nothing is read back from the device.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { cosentLoss } from 'oasis-embed/losses';
 *
 * const labels = [0.9, 0.5, 0.1];
 * const right = cosentLoss(tf.tensor1d([0.8, 0.4, 0.0]), labels);
 * const wrong = cosentLoss(tf.tensor1d([0.0, 0.4, 0.8]), labels);
 * const [low, high] = [(await right.data())[0]!, (await wrong.data())[0]!];
 * if (!(low < 0.001 && high > 15)) throw new Error('scores in the order of their labels must cost less');
 * ```
 *
 * @see Jianlin Su, CoSENT (2022), https://kexue.fm/archives/8847; OASIS (ACL 2025), arXiv 2503.08161, the
 * order loss.
 */
export const cosentLoss = (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  options: CosentOptions = {},
): tf.Scalar => {
  checkOptions('cosentLoss', options, COSENT_OPTIONS);
  return tf.tidy(() => {
    const flat = readScores(scores);
    return cosentOfOrder(flat, readCosentArguments(flat.size, labels, options));
  });
};

/** {@link cosentLoss} on checked arguments, for callers that need the order of the labels as well. */
export const cosentOfOrder = (
  scores: tf.Tensor1D,
  { order, temperature, weights, normalize }: CosentSettings,
): tf.Scalar =>
  tf.tidy(() => {
    if (order.orderedPairs === 0) return zeroWithGradient(scores);
    const onHost = cosentOnHostTensors(scores, temperature, { order, weights, normalize });
    if (onHost !== null) return onHost;
    const mass = normalize === 'none' && weights === undefined ? 1 : pairMass(order, weights);
    if (mass === 0) return zeroWithGradient(scores);
    const scaled = (
      typeof temperature === 'number' ? tf.mul(scores, 1 / temperature) : tf.div(scores, temperature)
    ) as tf.Tensor1D;
    const loss = orderedPairsLoss(scaled, order, weights, normalize === 'mean' ? Math.log(mass) : 0);
    return normalize === 'pairs' ? tf.sub(loss, Math.log(mass)) : loss;
  });

/** 0 · Σ would turn infinite scores into NaN where nothing is compared. */
const zeroWithGradient = (scores: tf.Tensor1D): tf.Scalar =>
  customGradient([scores], () => ({
    value: tf.scalar(0),
    saved: [],
    gradient: () => [tf.zeros(scores.shape)],
  }));

/** The loss and its gradient on scores that are already divided by τ. */
const orderedPairsLoss = (
  scores: tf.Tensor1D,
  order: LabelOrder,
  weights: ArrayLike<number> | undefined,
  logMass: number,
): tf.Scalar =>
  customGradient([scores], () => {
    const length = scores.size;
    const sorted = tf.gather(scores, tf.tensor1d(order.order, 'int32'));
    const weigh = weighing(order, weights);
    // Only differences count: scores above the least, or below the greatest, are at least 0 whatever their scale.
    const over = tf.sub(sorted, tf.min(sorted)) as tf.Tensor1D;
    const lower = rangeSums(weigh(over), scanPlans(order).forward, lowerRanges(order));
    const terms = tf.sub(weigh(tf.sub(lower, over)), logMass) as tf.Tensor1D;
    const loss = logSumExpWithZero(terms);
    return {
      value: loss,
      saved: [over, terms, loss],
      gradient: (dy, [kept, below, total]) => {
        const under = tf.sub(tf.max(kept!), kept!) as tf.Tensor1D;
        const reversed = tf.reverse(weigh(under)) as tf.Tensor1D;
        const upper = rangeSums(reversed, scanPlans(order).backward, upperRanges(order));
        const above = tf.sub(weigh(tf.sub(upper, under)), logMass);
        // Each exponent is the logarithm of a share of the whole, so none exceeds 0.
        const pull = tf.sub(tf.exp(tf.sub(above, total!)), tf.exp(tf.sub(below!, total!)));
        const back = new Int32Array(length);
        order.order.forEach((item, k) => {
          back[item] = k;
        });
        return [tf.mul(tf.gather(pull, tf.tensor1d(back, 'int32')), dy)];
      },
    };
  });

/** Adds the logarithms of the weights to sorted values, and puts the sentinel where a weight is 0. */
const weighing = (
  { order }: LabelOrder,
  weights: ArrayLike<number> | undefined,
): ((values: tf.Tensor1D) => tf.Tensor1D) => {
  if (weights === undefined) return (values) => values;
  const sorted = Float64Array.from(order, (item) => weights[item]!);
  const logarithms = Float32Array.from(sorted, (weight) => (weight === 0 ? 0 : Math.log(weight)));
  const removed = sorted.includes(0) ? Uint8Array.from(sorted, (weight) => (weight === 0 ? 1 : 0)) : null;
  return (values) => {
    const weighed = tf.add(values, tf.tensor1d(logarithms)) as tf.Tensor1D;
    if (removed === null) return weighed;
    return tf.where(tf.tensor1d(removed, 'bool'), tf.fill([order.length], NEGATIVE_SENTINEL), weighed);
  };
};

/** The scan at each of `ranges` (1-based; 0 stands for the empty range). */
const rangeSums = (values: tf.Tensor1D, plan: ScanPlan, ranges: Int32Array): tf.Tensor1D =>
  tf.gather(tf.pad1d(scanLogAddExp(values, plan), [1, 0], NEGATIVE_SENTINEL), tf.tensor1d(ranges, 'int32'));

const lowerRanges = ({ below, groupStart }: LabelOrder): Int32Array =>
  below.map((end, k) => (end > groupStart[k]! ? end : 0));

const upperRanges = ({ above, groupEnd }: LabelOrder): Int32Array =>
  above.map((begin, k) => (begin < groupEnd[k]! ? above.length - begin : 0));

const scanPlans = ({
  groups,
  groupStart,
  groupEnd,
}: LabelOrder): { forward: ScanPlan; backward: ScanPlan } => {
  const length = groupStart.length;
  if (groups === 1) {
    const plan = planScan(length);
    return { forward: plan, backward: plan };
  }
  const starts = Uint8Array.from(groupStart, (start, k) => (start === k ? 1 : 0));
  const ends = Uint8Array.from({ length }, (_, r) => (groupEnd[length - 1 - r] === length - r ? 1 : 0));
  return { forward: planScan(length, starts), backward: planScan(length, ends) };
};
