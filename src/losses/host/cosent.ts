import type { DenseMatrix, OptionNames } from '../../numerics/index.js';
import { checkOneOf, checkOptions } from '../checks.js';
import { COSENT_OPTIONS, type CosentOptions, readCosentArguments } from '../cosent-options.js';
import { checkMatrices } from './check-matrix.js';
import { checkNumericTemperature, checkScores, type HostOptions } from './host-options.js';
import { orderedPairsOnHost } from './ordered-pairs.js';
import { type PairScore, scorePairs } from './pairwise-scores.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/** The options of `cosentLoss`; the temperature is a number. */
export type CosentHostOptions = HostOptions<CosentOptions>;

/** Options of CoSENT on rows of embeddings in typed arrays: those on scores, and how rows are scored. */
export interface CosentEmbeddingHostOptions extends CosentHostOptions {
  /** How two rows are scored; `angle` gives the AnglE loss. @defaultValue 'cosine' */
  readonly score?: PairScore;
}

const COSENT_EMBEDDING_OPTIONS: OptionNames<CosentEmbeddingHostOptions> = { ...COSENT_OPTIONS, score: true };

/**
 * Value and gradient of the CoSENT loss on typed arrays: `cosentLoss` without TensorFlow.js.
 *
 * L = log(1 + Σ_{y_j < y_k − m} w_j w_k exp((s_j − s_k) / τ)),
 * ∂L/∂s_k = (1/τ) (Σ_{i above k} p_ki − Σ_{j below k} p_jk), p the share of an ordered pair in the sum.
 *
 * Ties, margin, weights, groups and normalization mean what they mean in `cosentLoss`. Without any ordered pair, and
 * for P = 0, value and gradients are 0. NaN scores give NaN.
 *
 * @param scores [P], cosines in [-1, 1] or any other similarity.
 * @param labels [P], any real numbers.
 * @returns The value, the gradient in the scores [P], and the gradient in τ.
 * @throws {TypeError|RangeError} As `cosentLoss`.
 *
 * O(P log P) time to sort, O(P) besides, O(P) memory.
 *
 * @example
 * ```ts
 * import { cosentValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const scores = Float32Array.of(0.0, 0.4, 0.8);
 * const { value, gradients } = cosentValueAndGradients(scores, [0.9, 0.5, 0.1]);
 * const [toScores] = gradients;
 * console.log(value > 15, toScores[0]! < 0, toScores[2]! > 0); // true true true
 * ```
 *
 * @see Jianlin Su, CoSENT (2022), https://kexue.fm/archives/8847; OASIS (ACL 2025), arXiv 2503.08161.
 */
export const cosentValueAndGradients = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CosentHostOptions = {},
): ValueAndGradients<readonly [scores: Float32Array]> => {
  checkOptions('cosentValueAndGradients', options, COSENT_OPTIONS);
  checkScores(scores);
  return cosentOnHost(scores, labels, options);
};

/** {@link cosentValueAndGradients} for callers that have checked the names of the options. */
export const cosentOnHost = (
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CosentHostOptions,
): ValueAndGradients<readonly [scores: Float32Array]> => {
  checkNumericTemperature(options.temperature);
  const settings = readCosentArguments(scores.length, labels, options);
  return orderedPairsOnHost(scores, { ...settings, temperature: options.temperature ?? 0.05 }, true);
};

/**
 * Value and gradients of the CoSENT loss of two aligned matrices, or with `score: 'angle'` of the AnglE loss:
 * `cosentEmbeddingLoss` without TensorFlow.js.
 *
 * L = CoSENT(score(left_i, right_i), labels)
 *
 * Zero rows score 0 with a zero gradient; ties, masks and empty input as in {@link cosentValueAndGradients}.
 *
 * @param left [P, D]
 * @param right [P, D]
 * @param labels [P]
 * @returns The value and the gradients in both matrices, [P, D] each.
 * @throws {TypeError|RangeError} When shapes do not agree, and whatever {@link cosentValueAndGradients} refuses.
 *
 * O(P·D + P log P) time, O(P·D) memory.
 *
 * @example
 * ```ts
 * import { cosentEmbeddingValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const queries = { data: Float32Array.of(1, 0, 1, 0), rows: 2, columns: 2 };
 * const codes = { data: Float32Array.of(0, 1, 1, 0.1), rows: 2, columns: 2 };
 * const { value, gradients } = cosentEmbeddingValueAndGradients(queries, codes, [0.9, 0.1]);
 * const [toQueries, toCodes] = gradients;
 * console.log(value > 10, toQueries.rows, toCodes.columns); // true 2 2
 * ```
 *
 * @see Li and Li, AnglE-optimized text embeddings (2023), arXiv 2309.12871.
 */
export const cosentEmbeddingValueAndGradients = (
  left: DenseMatrix,
  right: DenseMatrix,
  labels: ArrayLike<number>,
  options: CosentEmbeddingHostOptions = {},
): ValueAndGradients<readonly [left: DenseMatrix, right: DenseMatrix]> => {
  checkOptions('cosentEmbeddingValueAndGradients', options, COSENT_EMBEDDING_OPTIONS);
  const { score = 'cosine', ...cosent } = options;
  checkMatrices(['left', left], ['right', right], true);
  checkOneOf('score', score, ['cosine', 'angle']);
  const { scores, carry } = scorePairs(left, right, score);
  const ofScores = cosentOnHost(scores, labels, cosent);
  return { ...ofScores, gradients: carry(ofScores.gradients[0]) };
};
