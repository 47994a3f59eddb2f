import type { OptionNames } from '../../numerics/index.js';
import type { Relevance } from './relevance.js';
import type { TieRule } from './tie-rule.js';

/** The ranks of the relevant documents of each query: all that a rank metric needs. */
export interface RelevantRanks {
  /** How many queries, Q. */
  readonly queries: number;
  /** The relevant documents of query q lie in [offsets[q], offsets[q + 1]), [Q + 1]. */
  readonly offsets: Uint32Array;
  /** Ranks from 1, ascending within a query; Infinity for a document that was not retrieved, [P]. */
  readonly ranks: Float64Array;
  /** The grade of each, above 0, [P]. */
  readonly gains: Float64Array;
  /** The index of each, [P]. */
  readonly documents: Uint32Array;
  /** Under the tie rule `expected` alone: the documents of equal score around each. */
  readonly tied?: TiedGroups;
}

/** For each relevant document the documents that share its score. */
export interface TiedGroups {
  /** How many documents score higher, [P]. */
  readonly above: Float64Array;
  /** How many documents have this score, the document itself included, [P]. */
  readonly size: Float64Array;
}

/** What counts as a rank: ties, excluded documents, and how scores are computed. */
export interface RelevantRanksOptions {
  /** @defaultValue 'trec' */
  readonly ties?: TieRule;
  /** The ids by which `trec` breaks ties, [N]. */
  readonly documentIds?: readonly string[];
  /** Documents taken out of the corpus of a query, such as the query itself; the form of `relevance`. */
  readonly exclude?: Relevance;
  /**
   * Documents scored at a time.
   * @defaultValue 256
   */
  readonly chunkSize?: number;
  /**
   * `portable` computes every score in JavaScript; `auto` uses the SIMD instructions of WebAssembly where there are
   * any, several times as fast. The ranks are the same.
   * @defaultValue 'auto'
   */
  readonly scoring?: 'auto' | 'portable';
  /** Called as the work proceeds with the number of queries done, or worth of work done, and their total. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What every way of ranking takes. */
export const RANKING_OPTIONS: OptionNames<Omit<RelevantRanksOptions, 'chunkSize' | 'scoring'>> = {
  ties: true,
  documentIds: true,
  exclude: true,
  onProgress: true,
};

export const RELEVANT_RANKS_OPTIONS: OptionNames<RelevantRanksOptions> = {
  ...RANKING_OPTIONS,
  chunkSize: true,
  scoring: true,
};
