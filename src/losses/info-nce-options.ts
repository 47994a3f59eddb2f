import type * as tf from '@tensorflow/tfjs';
import type { OptionNames } from '../numerics/index.js';
import type { Ids, Numbers, Temperature } from './checks.js';
import type { Reduction } from './reduce-losses.js';
import type { IndexedPairsLike } from './relevance.js';

/**
 * From the rows that are anchors to the rows that are candidates. `positiveToPositive` is `documentToDocument` among
 * documents that are somebody's positive, hard negatives aside.
 */
export type Direction =
  | 'queryToDocument'
  | 'documentToQuery'
  | 'queryToQuery'
  | 'documentToDocument'
  | 'positiveToPositive';

/** Which negatives `hardnessPenalty` is added to. */
export type HardnessMode = 'everyNegative' | 'allNegatives' | 'inBatchNegatives' | 'hardNegatives';

/** Explicit hard negatives: which documents are mined against which queries. */
export interface HardNegatives extends IndexedPairsLike {
  /**
   * `shared`: negatives of every query in the batch. `own`: of the queries they are listed for alone, unless
   * they are somebody's positive. @defaultValue 'shared'
   */
  readonly scope?: 'shared' | 'own';
}

/** A second model's embeddings of the same rows, to recognize false negatives with (GISTEmbed). */
export interface NegativeGuide {
  /** [Q, E] */
  readonly queries: tf.Tensor2D;
  /** [N, E] */
  readonly documents: tf.Tensor2D;
  /** @defaultValue 0 */
  readonly margin?: number;
  /**
   * A candidate is masked when the guide scores it above g⁺ − margin (`absolute`) or g⁺ − |g⁺| · margin
   * (`relative`), where g⁺ is the lowest score of the anchor's positives. @defaultValue 'absolute'
   */
  readonly marginType?: 'absolute' | 'relative';
}

/** Positives, temperature, directions, masks and hardness of InfoNCE. */
export interface InfoNceOptions {
  /**
   * Which document answers which query: [Q], one row each (-1: the query is no anchor); or pairs, for several
   * positives per query. @defaultValue query i answers to document i
   */
  readonly positives?: IndexedPairsLike | Numbers;
  /** τ, a number or a trainable scalar. @defaultValue 0.05 */
  readonly temperature?: Temperature;
  /**
   * `symmetric`: queries against documents and documents against queries. `all`: every anchor against all
   * other rows of both sides. @defaultValue 'queryToDocument'
   */
  readonly directions?: Direction | 'symmetric' | 'all' | readonly Direction[];
  /**
   * `anchor`: each row has a softmax of its own. `joint`: the candidates of a query and of its positive share
   * one softmax, one for each positive pair. `jointRepeated`: likewise, as GTE and sentence-transformers have it:
   * `queryToDocument` and `documentToQuery` each bring the positive along, so that with both its term stands twice in
   * the sum, and the hard `negatives` of a document's own queries are no candidates of the document.
   * @defaultValue 'anchor'
   */
  readonly partition?: 'anchor' | 'joint' | 'jointRepeated';
  /**
   * β: weights each negative by γ_k = exp(β z_k) / Σ exp(β z), so that near misses count for more (CodeSage and
   * the code released with OASIS: β = 1). Not together with `hardnessPenalty`. @defaultValue 0, all alike
   */
  readonly hardnessWeighting?: number;
  /**
   * α: adds α · cos to each negative's logit, without gradient. Not together with `hardnessWeighting`.
   * @defaultValue 0, nothing
   */
  readonly hardnessPenalty?: number;
  /**
   * What `hardnessPenalty` is added to. `everyNegative`: each negative of each direction. The others are the modes of
   * sentence-transformers and touch `queryToDocument` alone: `hardNegatives`, a query's own `negatives`;
   * `inBatchNegatives`, everything else that came with other queries, their hard negatives included; `allNegatives`,
   * both. @defaultValue 'everyNegative'
   */
  readonly hardnessMode?: HardnessMode;
  /** @defaultValue none beyond the batch */
  readonly negatives?: HardNegatives;
  /** False: a query's own `negatives` are its only ones. @defaultValue true */
  readonly inBatchNegatives?: boolean;
  /** [Q], rows with equal ids (the texts will do) are one text: never negatives of each other's positives. */
  readonly queryIds?: Ids;
  /** [N], rows with equal ids (the texts will do) are one text: a repeat of a positive is never a negative. */
  readonly documentIds?: Ids;
  readonly guide?: NegativeGuide;
  /** [N], log of the probability with which each document was sampled, subtracted from its logits. */
  readonly logProbabilities?: Numbers;
  /** [Q], at least 0. A document that is an anchor weighs as much as its queries do on average. */
  readonly weights?: Numbers;
  /**
   * Several positives of one anchor. `separate`: a softmax each, against the negatives alone. `outside`: a
   * softmax each, the other positives in the denominator (SupCon, the sum outside the logarithm). `inside`:
   * one softmax, their sum in the numerator. @defaultValue 'separate'
   */
  readonly multiplePositives?: 'separate' | 'outside' | 'inside';
  /** @defaultValue 'mean' */
  readonly reduction?: Reduction;
  /** `cosine` normalizes rows first, zero rows staying zero; `dot` takes them as they are. @defaultValue 'cosine' */
  readonly similarity?: 'cosine' | 'dot';
  /** Anchors scored at a time. @defaultValue as many as make 2²² scores */
  readonly chunkSize?: number;
}

/** What papers call some of its options. */
export const INFO_NCE_WORDS = ' alpha:hardnessPenalty beta:hardnessWeighting';

export const INFO_NCE_OPTIONS: OptionNames<InfoNceOptions> = {
  positives: true,
  temperature: true,
  directions: true,
  partition: true,
  hardnessWeighting: true,
  hardnessPenalty: true,
  hardnessMode: true,
  negatives: true,
  inBatchNegatives: true,
  queryIds: true,
  documentIds: true,
  guide: true,
  logProbabilities: true,
  weights: true,
  multiplePositives: true,
  reduction: true,
  similarity: true,
  chunkSize: true,
};
