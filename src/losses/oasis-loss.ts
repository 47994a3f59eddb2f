import * as tf from '@tensorflow/tfjs';
import type { LabeledPairs, OptionNames } from '../numerics/index.js';
import { gatherRows, matMul, safeNormalize } from '../numerics/tensors/index.js';
import {
  checkNonNegative,
  checkObject,
  checkOneOf,
  checkOptions,
  readMarks,
  readNumbers,
  type Temperature,
} from './checks.js';
import { cosentOfOrder } from './cosent-loss.js';
import { COSENT_OPTIONS, type CosentOptions, readCosentArguments } from './cosent-options.js';
import { infoNceOfSettings } from './info-nce-loss.js';
import { INFO_NCE_OPTIONS, INFO_NCE_WORDS, type InfoNceOptions } from './info-nce-options.js';
import { pairMass } from './label-order.js';
import { checkEmbeddings, readInfoNceArguments } from './read-info-nce-arguments.js';
import { readPairs } from './relevance.js';

/** Labeled pairs whose parts may be tensors of shape [P]: each is read back once. */
export type LabeledPairsLike = {
  readonly [Part in keyof LabeledPairs]: LabeledPairs[Part] | tf.Tensor;
};

/** The weights of the two terms of {@link oasisLoss}, and the options of each. */
export interface OasisOptions {
  /** @defaultValue { infoNce: 0.98, cosent: 0.02 }, as released */
  readonly weights?: { readonly infoNce: number; readonly cosent: number };
  /** τ of both terms unless their own options say otherwise. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /** Options of the InfoNCE term; its positives come from the pairs. */
  readonly infoNce?: Omit<InfoNceOptions, 'positives' | 'reduction'> & {
    readonly reduction?: Exclude<InfoNceOptions['reduction'], 'none' | undefined>;
  };
  /** Options of the CoSENT term; `groups: 'query'` orders only pairs of one query. */
  readonly cosent?: Omit<CosentOptions, 'groups'> & { readonly groups?: 'query' | CosentOptions['groups'] };
}

/** Diagnostics of a step; tensors stay on the device until the caller reads them. */
export interface OasisDiagnostics {
  /** How many pairs are ordered by their labels. */
  readonly orderedPairs: number;
  /** How many queries have a positive. */
  readonly anchors: number;
  /** [P], the cosine of every labeled pair, in the order given. */
  readonly pairScores: tf.Tensor1D;
  /** Mean cosine of the positive pairs, and of the others; 0 where there is none. */
  readonly positiveScore: tf.Scalar;
  readonly negativeScore: tf.Scalar;
}

export interface OasisLoss {
  readonly loss: tf.Scalar;
  readonly infoNce: tf.Scalar;
  readonly cosent: tf.Scalar;
  readonly diagnostics: OasisDiagnostics;
}

const OASIS_OPTIONS: OptionNames<OasisOptions> = {
  weights: true,
  temperature: true,
  infoNce: true,
  cosent: true,
};

/**
 * The OASIS objective on unique texts and indexed pairs: L = w₁ · InfoNCE + w₂ · CoSENT.
 *
 * InfoNCE anchors are the queries with a positive pair; every other document row is a negative of theirs.
 * CoSENT orders all pairs by `similarity`, positives included with their own similarity. A term whose weight
 * is 0 is still computed and reported. A term without anything to compare is 0 with zero gradients. The form
 * of the released training code is `infoNce: { directions: 'all', hardnessWeighting: 1 }`.
 *
 * @param queries [Q, D], one row per unique query.
 * @param documents [N, D], one row per unique document.
 * @param pairs Indices, similarities and positive marks, [P] each; arrays, or tensors, which are read back.
 * @returns The loss, both terms unweighted, and diagnostics. All differentiable; nothing is read back.
 * @throws {TypeError|RangeError} Everything that infoNceLoss and cosentLoss reject, before any kernel runs.
 *
 * O(Q·N·D + P log P) time, O((Q + N + P)·D + chunkSize·N) memory. Pairs that are every query with every
 * document, query by query, cost one product of matrices: O(P) memory instead of O(P·D).
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { oasisLoss } from 'oasis-embed/losses';
 *
 * const queries = tf.tensor2d([[1, 0], [0, 1]]);
 * const documents = tf.tensor2d([[0.9, 0.1], [0.1, 0.9], [0.6, 0.4]]);
 * const { loss, infoNce, cosent, diagnostics } = oasisLoss(queries, documents, {
 *   query: [0, 0, 1],
 *   document: [0, 2, 1],
 *   similarity: [0.8, 0.4, 0.7],
 *   positive: [true, false, true],
 * });
 * const mixed = 0.98 * (await infoNce.data())[0]! + 0.02 * (await cosent.data())[0]!;
 * if (Math.abs((await loss.data())[0]! - mixed) > 1e-5) throw new Error('the mix must be 0.98 : 0.02');
 * if (diagnostics.orderedPairs !== 3) throw new Error('three labels, all different, make three ordered pairs');
 * ```
 *
 * @see OASIS (ACL 2025), arXiv 2503.08161, the training objective.
 */
export const oasisLoss = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  pairs: LabeledPairsLike,
  options: OasisOptions = {},
): OasisLoss => {
  checkOptions('oasisLoss', options, OASIS_OPTIONS);
  const { weights = { infoNce: 0.98, cosent: 0.02 }, temperature = 0.05 } = options;
  checkObject('weights', weights);
  checkNonNegative('weights.infoNce', weights.infoNce);
  checkNonNegative('weights.cosent', weights.cosent);
  for (const term of ['infoNce', 'cosent'] as const)
    if (options[term] !== undefined) checkObject(term, options[term]);
  checkEmbeddings(queries, documents);
  const read = readLabeledPairs(pairs, queries.shape[0], documents.shape[0]);
  const { length } = read.query;
  const { groups, ...cosentOptions } = options.cosent ?? {};
  checkOptions('cosentLoss', cosentOptions, COSENT_OPTIONS);
  const settings = readCosentArguments(length, read.similarity, {
    temperature,
    ...cosentOptions,
    ...(groups === undefined ? {} : { groups: groups === 'query' ? read.query : groups }),
  });
  const positives = positivePairs(read);
  checkOptions('infoNceLoss', options.infoNce, INFO_NCE_OPTIONS, INFO_NCE_WORDS);
  const infoNceSettings = readInfoNceArguments(queries, documents, {
    temperature,
    ...options.infoNce,
    positives,
  });
  checkOneOf('infoNce.reduction', infoNceSettings.reduction, ['mean', 'sum', 'weighted']);
  const cosine = infoNceSettings.normalize;
  const result = tf.tidy(() => {
    const rows = cosine ? safeNormalize(queries) : queries;
    const columns = cosine ? safeNormalize(documents) : documents;
    const infoNce = infoNceOfSettings(rows, columns, { ...infoNceSettings, normalize: false }) as tf.Scalar;
    const pairScores = scoresOfPairs(rows, columns, read);
    const cosent = cosentOfOrder(pairScores, settings);
    const loss = tf.add(tf.mul(infoNce, weights.infoNce), tf.mul(cosent, weights.cosent)) as tf.Scalar;
    const positiveScore = meanWhere(pairScores, read.positive, true);
    const negativeScore = meanWhere(pairScores, read.positive, false);
    return { loss, infoNce, cosent, pairScores, positiveScore, negativeScore };
  });
  const { loss, infoNce, cosent, ...tensors } = result;
  const orderedPairs = pairMass(settings.order);
  const anchors = new Set(positives.query).size;
  return { loss, infoNce, cosent, diagnostics: { orderedPairs, anchors, ...tensors } };
};

/** Whether the pairs are every query with every document, query by query. */
const isGrid = ({ query, document }: LabeledPairs, queries: number, documents: number): boolean => {
  if (query.length !== queries * documents) return false;
  for (let pair = 0, row = 0; row < queries; row++)
    for (let column = 0; column < documents; column++, pair++)
      if (query[pair] !== row || document[pair] !== column) return false;
  return true;
};

/** [P]; all pairs of a batch cost one product of matrices, where two rows a pair would cost P · D numbers. */
const scoresOfPairs = (rows: tf.Tensor2D, columns: tf.Tensor2D, pairs: LabeledPairs): tf.Tensor1D =>
  isGrid(pairs, rows.shape[0], columns.shape[0])
    ? tf.reshape(matMul(rows, columns, false, true), [-1])
    : tf.sum(tf.mul(gatherRows(rows, pairs.query), gatherRows(columns, pairs.document)), 1);

const readLabeledPairs = (pairs: LabeledPairsLike, queries: number, documents: number): LabeledPairs => {
  const indices = readPairs('pairs', pairs, queries, documents);
  const { length } = indices.query;
  return {
    ...indices,
    similarity: readNumbers('pairs.similarity', 'P', pairs.similarity, length),
    positive: readMarks('pairs.positive', pairs.positive, length),
  };
};

const positivePairs = ({
  query,
  document,
  positive,
}: LabeledPairs): { query: number[]; document: number[] } => {
  const chosen = Array.from(positive, (mark, p) => (mark ? p : -1)).filter((p) => p >= 0);
  return { query: chosen.map((p) => query[p]!), document: chosen.map((p) => document[p]!) };
};

const meanWhere = (scores: tf.Tensor1D, marks: ArrayLike<number | boolean>, wanted: boolean): tf.Scalar => {
  const share = Float32Array.from({ length: marks.length }, (_, p) => (Boolean(marks[p]) === wanted ? 1 : 0));
  const count = share.reduce((sum, one) => sum + one, 0);
  return count === 0 ? tf.scalar(0) : tf.div(tf.sum(tf.mul(scores, tf.tensor1d(share))), count);
};
