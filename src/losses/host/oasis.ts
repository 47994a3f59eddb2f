import {
  type DenseMatrix,
  inverseLength,
  type LabeledPairs,
  type OptionNames,
} from '../../numerics/index.js';
import { checkNonNegative, checkObject, checkOptions, readMarks, readNumbers } from '../checks.js';
import type { OasisOptions } from '../oasis-loss.js';
import { readPairs } from '../relevance.js';
import { checkMatrices } from './check-matrix.js';
import { type CosentHostOptions, cosentOnHost } from './cosent.js';
import { checkNumericTemperature } from './host-options.js';
import { type InfoNceGradients, type InfoNceHostOptions, infoNceValueAndGradients } from './info-nce.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/** The options of `oasisLoss`; temperatures are numbers, a guide's rows are dense matrices. */
export interface OasisHostOptions extends Pick<OasisOptions, 'weights'> {
  /** τ of both terms unless their own options say otherwise. @defaultValue 0.05 */
  readonly temperature?: number;
  /** Options of the InfoNCE term; its positives come from the pairs. */
  readonly infoNce?: Omit<InfoNceHostOptions, 'positives' | 'reduction' | 'cotangents'> & {
    readonly reduction?: 'mean' | 'sum' | 'weighted';
  };
  /** Options of the CoSENT term; `groups: 'query'` orders only pairs of one query. */
  readonly cosent?: Omit<CosentHostOptions, 'groups'> & {
    readonly groups?: 'query' | CosentHostOptions['groups'];
  };
}

const OASIS_HOST_OPTIONS: OptionNames<OasisHostOptions> = {
  weights: true,
  temperature: true,
  infoNce: true,
  cosent: true,
};

/** The mix, with both terms unweighted and what the step looked like. */
export interface OasisValueAndGradients extends ValueAndGradients<InfoNceGradients> {
  readonly infoNce: number;
  readonly cosent: number;
  readonly diagnostics: {
    /** How many queries have a positive. */
    readonly anchors: number;
    /** [P], the score of every labeled pair, in the order given. */
    readonly pairScores: Float32Array;
    /** Mean score of the positive pairs, and of the others; 0 where there is none. */
    readonly positiveScore: number;
    readonly negativeScore: number;
  };
}

/**
 * Value and gradients of the OASIS objective on typed arrays: `oasisLoss` without TensorFlow.js.
 *
 * L = w₁ · InfoNCE + w₂ · CoSENT, on unique texts and indexed pairs.
 *
 * The options, the terms and the diagnostics are those of `oasisLoss`; a term without anything to compare is 0 with
 * zero gradients.
 *
 * @param queries [Q, D], one row a unique query.
 * @param documents [N, D], one row a unique document.
 * @param labeled Indices, similarities and positive marks, [P] each.
 * @returns The mix and its gradients in both matrices; `temperatureGradient` is that in a temperature of both terms.
 * @throws {TypeError|RangeError} As `oasisLoss`.
 *
 * O(Q·N·D + P·D + P log P) time, O((Q + N)·D + P + chunkSize·N) memory.
 *
 * @example
 * ```ts
 * import { oasisValueAndGradients } from 'oasis-embed/losses/host';
 *
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const documents = { data: Float32Array.of(0.9, 0.1, 0.1, 0.9, 0.6, 0.4), rows: 3, columns: 2 };
 * const { value, infoNce, cosent } = oasisValueAndGradients(queries, documents, {
 *   query: [0, 0, 1],
 *   document: [0, 2, 1],
 *   similarity: [0.8, 0.4, 0.7],
 *   positive: [true, false, true],
 * });
 * console.log(Math.abs(value - (0.98 * infoNce + 0.02 * cosent)) < 1e-12); // true
 * ```
 *
 * @see OASIS (ACL 2025), arXiv 2503.08161, the training objective.
 */
export const oasisValueAndGradients = (
  queries: DenseMatrix,
  documents: DenseMatrix,
  labeled: LabeledPairs,
  options: OasisHostOptions = {},
): OasisValueAndGradients => {
  checkOptions('oasisValueAndGradients', options, OASIS_HOST_OPTIONS);
  const { weights = { infoNce: 0.98, cosent: 0.02 }, temperature = 0.05 } = options;
  checkObject('weights', weights);
  checkNonNegative('weights.infoNce', weights.infoNce);
  checkNonNegative('weights.cosent', weights.cosent);
  for (const term of ['infoNce', 'cosent'] as const)
    if (options[term] !== undefined) checkObject(term, options[term]);
  checkMatrices(['queries', queries], ['documents', documents], false);
  const indices = readPairs('pairs', labeled, queries.rows, documents.rows);
  const count = indices.query.length;
  const pairs: LabeledPairs = {
    ...indices,
    similarity: readNumbers('pairs.similarity', 'P', labeled.similarity, count),
    positive: readMarks('pairs.positive', labeled.positive, count),
  };
  checkNumericTemperature(temperature);

  const chosen = Array.from({ length: count }, (_, p) => p).filter((p) => Boolean(pairs.positive[p]));
  const positives = {
    query: chosen.map((p) => pairs.query[p]!),
    document: chosen.map((p) => pairs.document[p]!),
  };
  const infoNce = infoNceValueAndGradients(queries, documents, {
    temperature,
    ...options.infoNce,
    positives,
  });
  const cosine = options.infoNce?.similarity !== 'dot';
  const { scores, carry } = scoreIndexed(queries, documents, pairs, cosine);
  const { groups, ...rest } = options.cosent ?? {};
  const cosent = cosentOnHost(scores, pairs.similarity, {
    temperature,
    ...rest,
    ...(groups === undefined ? {} : { groups: groups === 'query' ? pairs.query : groups }),
  });
  const [toQueries, toDocuments] = infoNce.gradients.map((gradient) => ({
    ...gradient,
    data: gradient.data.map((pull) => pull * weights.infoNce),
  })) as [DenseMatrix, DenseMatrix];
  carry(cosent.gradients[0], weights.cosent, toQueries.data, toDocuments.data);
  const meanOf = (wanted: boolean): number => {
    const of = scores.filter((_, p) => Boolean(pairs.positive[p]) === wanted);
    return of.length === 0 ? 0 : of.reduce((sum, score) => sum + score, 0) / of.length;
  };
  return {
    value: weights.infoNce * infoNce.value + weights.cosent * cosent.value,
    gradients: [toQueries, toDocuments],
    temperatureGradient:
      weights.infoNce * infoNce.temperatureGradient + weights.cosent * cosent.temperatureGradient,
    infoNce: infoNce.value,
    cosent: cosent.value,
    diagnostics: {
      anchors: new Set(positives.query).size,
      pairScores: Float32Array.from(scores),
      positiveScore: meanOf(true),
      negativeScore: meanOf(false),
    },
  };
};

/** Scores of pairs of rows by index, and what adds their gradient to that of the rows. */
const scoreIndexed = (queries: DenseMatrix, documents: DenseMatrix, pairs: LabeledPairs, cosine: boolean) => {
  const { columns } = queries;
  const inverses = ({ data, rows }: DenseMatrix): Float64Array =>
    Float64Array.from({ length: rows }, (_, row) =>
      cosine ? inverseLength(data, row * columns, columns) : 1,
    );
  const [forQueries, forDocuments] = [inverses(queries), inverses(documents)];
  const scores = Float64Array.from({ length: pairs.query.length }, (_, p) => {
    const [i, j] = [pairs.query[p]!, pairs.document[p]!];
    let sum = 0;
    for (let d = 0; d < columns; d++)
      sum += queries.data[i * columns + d]! * documents.data[j * columns + d]!;
    const scale = forQueries[i]! * forDocuments[j]!;
    return scale === 0 ? 0 : sum * scale;
  });
  return {
    scores,
    carry: (
      toScores: Float32Array,
      weight: number,
      toQueries: Float32Array,
      toDocuments: Float32Array,
    ): void => {
      toScores.forEach((pull, p) => {
        if (pull === 0) return;
        const [i, j] = [pairs.query[p]!, pairs.document[p]!];
        const [a, b] = [forQueries[i]!, forDocuments[j]!];
        if (a === 0 || b === 0) return;
        const along = cosine ? scores[p]! : 0;
        for (let d = 0, x = i * columns, y = j * columns; d < columns; d++, x++, y++) {
          const [q, c] = [queries.data[x]! * a, documents.data[y]! * b];
          toQueries[x]! += weight * pull * (c - q * along) * a;
          toDocuments[y]! += weight * pull * (q - c * along) * b;
        }
      });
    },
  };
};
