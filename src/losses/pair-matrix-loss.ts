import * as tf from '@tensorflow/tfjs';
import { customGradient, NEGATIVE_SENTINEL } from '../numerics/tensors/index.js';
import type { Temperature } from './checks.js';
import type { CosentSettings } from './cosent-options.js';
import { tensorsOf } from './host-path.js';

/** Up to how many scores a matrix of all pairs takes a GPU less time than the launches of two scans; 0 compares the scans. */
export const pairMatrix = { largest: 128 };

/**
 * CoSENT by the matrix of all differences, with its gradients: O(P²) elements in few launches, whatever P.
 *
 * L = log(1 + Σ w_j w_k exp(s_j − s_k)), ∂L/∂s_j = Σ_k p_kj − Σ_k p_jk with p the share of a pair in the whole.
 */
export const pairMatrixLoss = (scores: tf.Tensor, settings: CosentSettings): tf.Scalar => {
  const { temperature, offset } = settings;
  return customGradient([scores, ...tensorsOf(temperature)], () => {
    const length = scores.size;
    const scaled = overTemperature(tf.reshape(tf.cast(scores, 'float32'), [length]), temperature);
    // Not finite in one score is not finite in all: the matrix may leave it out.
    const over = tf.sub(scaled, tf.min(scaled));
    const differences = tf.sub(tf.reshape(over, [1, length]), tf.reshape(over, [length, 1]));
    const { isOrdered, logWeights } = pairsOnHost(settings, length);
    const shape: [number, number] = [length, length];
    const weighed = logWeights === null ? differences : tf.add(differences, tf.tensor2d(logWeights, shape));
    const costs = tf.where(tf.tensor2d(isOrdered, shape, 'bool'), weighed, tf.fill(shape, NEGATIVE_SENTINEL));
    // At least 0, beside which the sentinel is nothing.
    const largest = tf.maximum(tf.max(costs), 0);
    const terms = tf.exp(tf.sub(costs, largest));
    const total = tf.add(tf.sum(terms), tf.exp(tf.neg(largest)));
    const loss = tf.add(largest, tf.log(total));
    return {
      value: (offset === 0 ? loss : tf.sub(loss, offset)) as tf.Scalar,
      saved: [over, terms, total, ...tensorsOf(temperature)],
      gradient: (dy, [kept, shares, whole, tau = temperature]) => {
        const pull = tf.mul(tf.sub(tf.sum(shares!, 0), tf.sum(shares!, 1)), tf.div(dy, whole!));
        return [
          tf.reshape(overTemperature(pull, tau as Temperature), scores.shape),
          ...tensorsOf(tau as Temperature).map((tensor) => temperatureGradient(pull, kept!, tensor)),
        ];
      },
    };
  });
};

/** [P, P], row k and column j: whether j should score below k, and log(w_j w_k), less the shift; null where it is 0. */
const pairsOnHost = ({ order: labels, weights, shift }: CosentSettings, length: number) => {
  const { order, below, groupStart } = labels;
  const isOrdered = new Uint8Array(length * length);
  const logWeights = weights === undefined && shift === 0 ? null : new Float32Array(length * length);
  order.forEach((item, k) => {
    for (let place = groupStart[k]!; place < below[k]!; place++) {
      const [other, pair] = [order[place]!, item * length + order[place]!];
      const [own, others] = [weights?.[item] ?? 1, weights?.[other] ?? 1];
      isOrdered[pair] = +(own > 0 && others > 0);
      if (logWeights !== null && isOrdered[pair]) logWeights[pair] = Math.log(own) + Math.log(others) - shift;
    }
  });
  return { isOrdered, logWeights };
};

/** Multiplies by the reciprocal of a number: it may be exact where the number, stored in 16 bits, is not. */
export const overTemperature = (values: tf.Tensor, temperature: Temperature): tf.Tensor1D =>
  (typeof temperature === 'number'
    ? tf.mul(values, 1 / temperature)
    : tf.div(values, temperature)) as tf.Tensor1D;

/** Pulls add up to 0, so any shift of the scores will do; the mean costs the fewest digits. */
export const temperatureGradient = (pull: tf.Tensor, scaled: tf.Tensor, temperature: tf.Tensor): tf.Tensor =>
  tf.reshape(
    tf.neg(tf.div(tf.sum(tf.mul(pull, tf.sub(scaled, tf.mean(scaled)))), temperature)),
    temperature.shape,
  );
