import { checkOptions } from '../checks.js';
import {
  KL_DIVERGENCE_OPTIONS,
  type KlDivergenceOptions,
  readKlDivergenceOptions,
} from '../kl-divergence-options.js';
import { checkScores } from './host-options.js';
import { listsOnHost } from './lists.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/**
 * Value and gradient of the distillation of a distribution on typed arrays: `klDivergenceLoss` without TensorFlow.js.
 *
 * ℓ_g = τ² Σ_{i ∈ g} p_i (log p_i − log q_i), p = softmax_g(y/τ_y), q = softmax_g(s/τ);  ∂ℓ_g/∂s_i = τ (q_i − p_i)
 *
 * Lists of one item, and lists whose weights are all 0, are ignored; without any list value and gradient are 0.
 *
 * @param scores [P]
 * @param labels [P], the teacher's scores.
 * @returns The value, and the gradient in the scores [P]; the temperature belongs to the task and is not trained, so its
 * gradient is 0.
 * @throws {TypeError|RangeError} As `klDivergenceLoss`.
 *
 * O(P) time and memory.
 *
 * @example
 * ```ts
 * import { klDivergenceValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const same = klDivergenceValueAndGradients(Float32Array.of(0.9, 0.2), [0.9, 0.2]);
 * console.log(Math.abs(same.value) < 1e-6); // true
 * ```
 *
 * @see Hinton et al., Distilling the knowledge in a neural network (2015), arXiv 1503.02531.
 */
export const klDivergenceValueAndGradients = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: KlDivergenceOptions = {},
): ValueAndGradients<readonly [scores: Float32Array]> => {
  checkOptions('klDivergenceValueAndGradients', options, KL_DIVERGENCE_OPTIONS);
  checkScores(scores);
  const settings = readKlDivergenceOptions(options);
  const { value, gradients } = listsOnHost(scores, labels, settings, 1);
  const factor = settings.temperature ** 2;
  return {
    value: value * factor,
    gradients: [gradients[0].map((pull) => pull * factor)],
    temperatureGradient: 0,
  };
};
