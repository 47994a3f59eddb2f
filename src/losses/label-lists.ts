import * as tf from '@tensorflow/tfjs';
import { customGradient } from '../numerics/tensors/index.js';
import { readScores } from './check-tensors.js';
import { type Ids, type Numbers, readIds, readNumbers, readWeights, type Temperature } from './checks.js';
import { listsOf, targetOf } from './label-targets.js';
import { gatherRagged, raggedLogSumExp, raggedRows } from './ragged-rows.js';
import { reduceLosses } from './reduce-losses.js';

interface ListSettings {
  readonly temperature: Temperature;
  readonly labelTemperature: number;
  readonly groups?: Ids;
  readonly weights?: Numbers;
  readonly reduction: 'mean' | 'sum';
}

/**
 * How far the distribution that scores imply is from the one that labels imply, list by list, then reduced:
 * −Σ p_i log q_i + entropyWeight · Σ p_i log p_i, which is the cross-entropy with 0 and the KL divergence with 1.
 *
 * Lists of one item, and those whose weights are all 0, are left out. For use inside tf.tidy.
 */
export const listLosses = (
  scores: tf.Tensor1D | tf.Tensor2D,
  labels: Numbers,
  { temperature, labelTemperature, groups, weights, reduction }: ListSettings,
  entropyWeight: 0 | 1,
): tf.Scalar => {
  const flat = readScores(scores);
  const length = flat.size;
  const values = readNumbers('labels', 'P', labels, length);
  const masses = readWeights(weights, 'P', length);
  const lists = listsOf(length, readIds('groups', 'P', groups, length), masses);
  if (lists.length === 0) {
    return customGradient([flat], () => ({
      value: tf.scalar(0),
      saved: [],
      gradient: () => [tf.zeros([length])],
    }));
  }
  const ragged = raggedRows(lists);
  const { width } = ragged;
  const targets = new Float32Array(lists.length * width);
  const entropies = new Float32Array(lists.length);
  lists.forEach((list, g) => {
    const target = targetOf(list, values, labelTemperature, masses);
    targets.set(target, g * width);
    entropies[g] = target.reduce((sum, p) => (p === 0 ? sum : sum + p * Math.log(p)), 0);
  });
  const scaled = typeof temperature === 'number' ? tf.mul(flat, 1 / temperature) : tf.div(flat, temperature);
  const logits = gatherRagged(scaled as tf.Tensor1D, ragged);
  const target = tf.tensor2d(targets, [lists.length, width]);
  const losses = tf.sub(raggedLogSumExp(logits, ragged), tf.sum(tf.mul(logits, target), 1)) as tf.Tensor1D;
  return reduceLosses(entropyWeight === 0 ? losses : tf.add(losses, tf.tensor1d(entropies)), null, reduction);
};
