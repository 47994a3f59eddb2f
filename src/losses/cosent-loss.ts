import * as tf from '@tensorflow/tfjs';
import { customGradient, NEGATIVE_SENTINEL, scanLogAddExp } from '../numerics/tensors/index.js';
import { checkScoreTensor } from './check-tensors.js';
import { checkOptions, type Numbers, type Temperature } from './checks.js';
import {
  COSENT_OPTIONS,
  type CosentOptions,
  type CosentSettings,
  readCosentArguments,
} from './cosent-options.js';
import { cosentOnHostTensors, tensorsOf } from './host-path.js';
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
 * and no kernel is launched; on WebGL and WebGPU the labels are sorted there, O(P log P) element operations run in
 * O(log P) kernels, and nothing is read back from the device.
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
    checkScoreTensor(scores);
    return cosentOfOrder(scores, readCosentArguments(scores.size, labels, options));
  });
};

/** {@link cosentLoss} on checked arguments, for callers that need the order of the labels as well. */
export const cosentOfOrder = (scores: tf.Tensor, settings: CosentSettings): tf.Scalar =>
  // 0 · Σ would turn infinite scores into NaN where nothing is compared.
  settings.mass === 0
    ? zeroWithGradient(scores)
    : (cosentOnHostTensors(scores, settings) ?? orderedPairsLoss(scores, settings));

const zeroWithGradient = (scores: tf.Tensor): tf.Scalar =>
  customGradient([scores], () => ({
    value: tf.scalar(0),
    saved: [],
    gradient: () => [tf.zeros(scores.shape)],
  }));

/**
 * The loss and its gradients, none of which is left to the tape: TensorFlow.js's core alone, which brings no gradients
 * of operations, is enough.
 */
const orderedPairsLoss = (
  scores: tf.Tensor,
  { order: labels, temperature, weights, shift, offset }: CosentSettings,
): tf.Scalar =>
  customGradient([scores, ...tensorsOf(temperature)], () => {
    const { order, below, above, groupStart, groupEnd } = labels;
    const length = order.length;
    const sorted = tf.gather(tf.reshape(tf.cast(scores, 'float32'), [-1]), tf.tensor1d(order, 'int32'));
    const scaled = overTemperature(sorted, temperature);
    const weigh = weighing(order, weights);
    // Only differences count: scores above the least, or below the greatest, are at least 0 whatever their scale.
    const over = tf.sub(scaled, tf.min(scaled));
    const costsAgainst = (values: tf.Tensor, inOrder: tf.Tensor, before: Int32Array, counts: Int32Array) =>
      tf.sub(
        weigh(tf.sub(sumsAt(scanLogAddExp(inOrder as tf.Tensor1D, before), counts), values)),
        shift,
      ) as tf.Tensor1D;
    const terms = costsAgainst(
      over,
      weigh(over),
      groupStart.map((start, k) => k - start),
      below.map((end, k) => (end > groupStart[k]! ? end : 0)),
    );
    const loss = logSumExpWithZero(terms);
    return {
      value: offset === 0 ? loss : tf.sub(loss, offset),
      saved: [over, terms, loss, ...tensorsOf(temperature)],
      gradient: (dy, [kept, costs, total, tau = temperature]) => {
        const under = tf.sub(tf.max(kept!), kept!);
        const gains = costsAgainst(
          under,
          tf.reverse(weigh(under)),
          groupEnd.map((end, k) => end - 1 - k).reverse(),
          above.map((begin, k) => (begin < groupEnd[k]! ? length - begin : 0)),
        );
        // Each exponent is the logarithm of a share of the whole, so none exceeds 0.
        const pull = tf.mul(tf.sub(tf.exp(tf.sub(gains, total!)), tf.exp(tf.sub(costs!, total!))), dy);
        const place = new Int32Array(length);
        order.forEach((item, k) => {
          place[item] = k;
        });
        const toScores = overTemperature(tf.gather(pull, tf.tensor1d(place, 'int32')), tau as Temperature);
        return [
          tf.reshape(toScores, scores.shape),
          // Pulls add up to 0, so any shift of the scores will do; the mean costs the fewest digits.
          ...tensorsOf(tau as Temperature).map((tensor) =>
            tf.reshape(
              tf.neg(tf.div(tf.sum(tf.mul(pull, tf.sub(kept!, tf.mean(kept!)))), tensor)),
              tensor.shape,
            ),
          ),
        ];
      },
    };
  });

/** Multiplies by the reciprocal of a number: it may be exact where the number, stored in 16 bits, is not. */
const overTemperature = (values: tf.Tensor, temperature: Temperature): tf.Tensor1D =>
  (typeof temperature === 'number'
    ? tf.mul(values, 1 / temperature)
    : tf.div(values, temperature)) as tf.Tensor1D;

/** Adds the logarithms of the weights to sorted values, and puts the sentinel where a weight is 0. */
const weighing =
  (order: Int32Array, weights: ArrayLike<number> | undefined) =>
  (values: tf.Tensor): tf.Tensor1D => {
    if (weights === undefined) return values as tf.Tensor1D;
    const sorted = Float32Array.from(order, (item) => Math.log(weights[item]!));
    const removed = Uint8Array.from(order, (item) => +(weights[item] === 0));
    const weighed = tf.add(values, tf.tensor1d(sorted.map((weight, k) => (removed[k] ? 0 : weight))));
    return removed.includes(1)
      ? tf.where(tf.tensor1d(removed, 'bool'), NEGATIVE_SENTINEL, weighed as tf.Tensor1D)
      : (weighed as tf.Tensor1D);
  };

/** The sum of the first `ends[k]` items, for each k, of sums that are inclusive; the sentinel for none. */
const sumsAt = (sums: tf.Tensor1D, ends: Int32Array): tf.Tensor1D =>
  tf.gather(tf.pad1d(sums, [1, 0], NEGATIVE_SENTINEL), tf.tensor1d(ends, 'int32'));
