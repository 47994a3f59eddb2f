import { checkOptions } from '../checks.js';
import { LIST_NET_OPTIONS, type ListNetOptions, readListNetOptions } from '../list-net-options.js';
import { checkNumericTemperature, checkScores, type HostOptions } from './host-options.js';
import { listsOnHost } from './lists.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/** The options of `listNetLoss`; the temperature is a number. */
export type ListNetHostOptions = HostOptions<ListNetOptions>;

/**
 * Value and gradient of the ListNet loss (top-one) on typed arrays: `listNetLoss` without TensorFlow.js.
 *
 * ℓ_g = −Σ_{i ∈ g} p_i log softmax_g(s/τ)_i, p = softmax_g(y/τ_y);  ∂ℓ_g/∂s_i = (softmax_g(s/τ)_i − p_i) / τ
 *
 * Lists of one item, and lists whose weights are all 0, are ignored; without any list value and gradient are 0.
 *
 * @param scores [P], cosines.
 * @param labels [P]
 * @returns The value, the gradient in the scores [P], and the gradient in τ.
 * @throws {TypeError|RangeError} As `listNetLoss`.
 *
 * O(P) time and memory.
 *
 * @example
 * ```ts
 * import { listNetValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const { gradients } = listNetValueAndGradients(Float32Array.of(0.1, 0.8), [0.9, 0.2]);
 * console.log(gradients[0][0]! < 0, gradients[0][1]! > 0); // true true
 * ```
 *
 * @see Cao et al., Learning to rank: from pairwise to listwise approach (ICML 2007), equation 4.
 */
export const listNetValueAndGradients = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: ListNetHostOptions = {},
): ValueAndGradients<readonly [scores: Float32Array]> => {
  checkOptions('listNetValueAndGradients', options, LIST_NET_OPTIONS);
  checkScores(scores);
  checkNumericTemperature(options.temperature);
  const settings = { ...readListNetOptions(options), temperature: options.temperature ?? 0.05 };
  return listsOnHost(scores, labels, settings, 0);
};
