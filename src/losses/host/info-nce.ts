import type { DenseMatrix, OptionNames } from '../../numerics/index.js';
import { readAnchors, spreadPlaces } from '../anchors.js';
import { checkObject, checkOptions, readNumbers } from '../checks.js';
import {
  INFO_NCE_OPTIONS,
  INFO_NCE_WORDS,
  type InfoNceOptions,
  type NegativeGuide,
} from '../info-nce-options.js';
import { checkGuideMargin, NEGATIVE_GUIDE, readInfoNceSettings } from '../info-nce-settings.js';
import { checkMatrices, checkMatrix } from './check-matrix.js';
import { checkNumericTemperature, type HostOptions } from './host-options.js';
import { infoNceOnHost } from './info-nce-on-host.js';
import type { GuideRows } from './info-nce-problem.js';
import { pullsOf, weightedSum } from './pulls.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/** The options of `infoNceLoss`; the temperature is a number, the guide's rows are dense matrices. */
export interface InfoNceHostOptions extends HostOptions<Omit<InfoNceOptions, 'guide'>> {
  readonly guide?: Omit<NegativeGuide, 'queries' | 'documents'> & {
    /** [Q, E] */
    readonly queries: DenseMatrix;
    /** [N, E] */
    readonly documents: DenseMatrix;
  };
  /** With `reduction: 'none'`, in the shape of the value: what the gradients are multiplied by. @defaultValue all 1 */
  readonly cotangents?: ArrayLike<number>;
}

const INFO_NCE_HOST_OPTIONS: OptionNames<InfoNceHostOptions> = { ...INFO_NCE_OPTIONS, cotangents: true };

/** Gradients of InfoNCE in queries [Q, D] and documents [N, D]. */
export type InfoNceGradients = readonly [queries: DenseMatrix, documents: DenseMatrix];

/**
 * Value and gradients of the InfoNCE loss on typed arrays: `infoNceLoss` without TensorFlow.js, with all its options.
 *
 * ℓ_i = −log( exp(s_i⁺/τ) / (exp(s_i⁺/τ) + Σ_{k negative of i} exp(s_ik/τ)) ), s = cosine, reduced over anchors;
 * ∂ℓ_i/∂s_ik = p_ik / τ for a negative, p its share of the softmax, and (p_i⁺ − 1) / τ for the positive.
 *
 * Which rows are negatives of which, and what every option means, is as in `infoNceLoss`. Without anchors the value
 * and the gradients are 0, and zero rows get a zero gradient. NaN embeddings give NaN.
 *
 * @param queries [Q, D]
 * @param documents [N, D], unique texts as far as possible.
 * @returns The value and the gradients in both matrices; with `reduction: 'none'` the value is an array as long as
 * the tensor that `infoNceLoss` returns, and the gradients are those of its sum, or of its product with `cotangents`.
 * @throws {TypeError|RangeError} As `infoNceLoss`.
 *
 * O(Q·N·D) time in a WebAssembly kernel that holds the scores in float32; O((Q + N)·D + chunkSize·N) memory.
 *
 * @example
 * ```ts
 * import { infoNceValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const documents = { data: Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.7, 0.7), rows: 3, columns: 2 };
 * const { value, gradients } = infoNceValueAndGradients(queries, documents, { directions: 'symmetric' });
 * const [toQueries, toDocuments] = gradients;
 * console.log(value < 0.1, toQueries.rows, toDocuments.rows); // true 2 3
 * ```
 *
 * @see van den Oord et al. (2018), arXiv 1807.03748, equation 4, and the references of `infoNceLoss`.
 */
export function infoNceValueAndGradients(
  queries: DenseMatrix,
  documents: DenseMatrix,
  options: InfoNceHostOptions & { readonly reduction: 'none' },
): ValueAndGradients<InfoNceGradients, Float32Array>;
export function infoNceValueAndGradients(
  queries: DenseMatrix,
  documents: DenseMatrix,
  options?: InfoNceHostOptions & { readonly reduction?: Exclude<InfoNceOptions['reduction'], 'none'> },
): ValueAndGradients<InfoNceGradients>;
export function infoNceValueAndGradients(
  queries: DenseMatrix,
  documents: DenseMatrix,
  options: InfoNceHostOptions = {},
): ValueAndGradients<InfoNceGradients, number | Float32Array> {
  checkOptions('infoNceValueAndGradients', options, INFO_NCE_HOST_OPTIONS, INFO_NCE_WORDS);
  checkMatrices(['queries', queries], ['documents', documents], false);
  checkNumericTemperature(options.temperature);
  const settings = readInfoNceSettings(queries.rows, documents.rows, options);
  const guide = options.guide === undefined ? null : readGuideRows(options.guide, queries, documents);
  const anchors = readAnchors(settings);
  const { reduction } = settings;
  const { temperature = 0.05, cotangents } = options;
  if (cotangents !== undefined && reduction !== 'none') {
    throw new RangeError(`reduction must be none when cotangents are given, received ${reduction}`);
  }
  const places = spreadPlaces(anchors.anchorSides, settings.relevance);
  if (cotangents !== undefined) {
    readNumbers('cotangents', 'R', cotangents, places.length);
  }
  const shares = pullsOf(anchors, reduction === 'none' ? 'sum' : reduction);
  const pulls =
    cotangents === undefined ? shares : shares.map((share, i) => share * cotangents[places.rows[i]!]!);
  const problem = { ...settings, queries, documents, sides: anchors.sides, temperature, guide, pulls };
  const { losses, toQueries, toDocuments, toTemperature } = infoNceOnHost(problem, true);
  let value: number | Float32Array = 0;
  if (reduction === 'none') {
    const spread = new Float32Array(places.length);
    places.rows.forEach((row, i) => {
      spread[row] = shares[i] === 0 ? 0 : shares[i]! * losses[i]!;
    });
    value = spread;
  } else value = weightedSum(losses, pulls);
  return {
    value,
    gradients: [
      { ...queries, data: toQueries },
      { ...documents, data: toDocuments },
    ],
    temperatureGradient: toTemperature,
  };
}

const readGuideRows = (
  guide: NonNullable<InfoNceHostOptions['guide']>,
  queries: DenseMatrix,
  documents: DenseMatrix,
): GuideRows => {
  checkObject('guide', guide);
  checkOptions('guide', guide as object, NEGATIVE_GUIDE as object);
  const { margin = 0, marginType = 'absolute' } = guide;
  const expected = [
    ['guide.queries', guide.queries, queries.rows, 'Q'],
    ['guide.documents', guide.documents, documents.rows, 'N'],
  ] as const;
  for (const [name, matrix, rows, symbol] of expected) {
    checkMatrix(name, matrix, [symbol, 'E']);
    if (matrix.rows !== rows || matrix.columns !== guide.queries.columns) {
      throw new RangeError(
        `${name} must have shape [${rows}, ${guide.queries.columns}], received [${matrix.rows}, ${matrix.columns}]`,
      );
    }
  }
  checkGuideMargin(margin, marginType);
  return { queries: guide.queries, documents: guide.documents, margin, marginType };
};
