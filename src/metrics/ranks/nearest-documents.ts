import {
  checkOptions,
  checkPositiveInteger,
  type DenseMatrix,
  type OptionNames,
} from '../../numerics/index.js';
import { dotProduct, dotProducts } from './dot-products.js';
import { leaveOut } from './leave-out.js';
import { prepareVectors } from './prepare-ranking.js';
import type { RelevantRanksOptions } from './ranked-relevant.js';
import { hideExcluded, precedenceBy } from './ranking-plan.js';
import { largest, rowLengths, scoreMargin } from './score-margin.js';
import { createTileScorer } from './tile-scorer.js';
import { openRows, type VectorRows, type Vectors } from './vector-rows.js';

/** The best documents of one query, best first. */
export interface NearestDocuments {
  readonly query: number;
  /** [k] or fewer. */
  readonly documents: Uint32Array;
  /** Dot products, summed in float64. */
  readonly scores: Float64Array;
}

/** What {@link nearestDocuments} leaves out, and how it scores. */
export type NearestDocumentsOptions = Omit<RelevantRanksOptions, 'ties'>;

const NEAREST_DOCUMENTS_OPTIONS: OptionNames<NearestDocumentsOptions> = {
  documentIds: true,
  exclude: true,
  chunkSize: true,
  scoring: true,
  onProgress: true,
};

const QUERIES_AT_A_TIME = 256;
/** What is left of a document may count as nothing when it is shorter than this. */
const SHORTEST = 1e-15;

/** The length of the longest row less the center that it is nearest to. */
const longestRest = (count: number, centers: DenseMatrix, stored: VectorRows): number => {
  let longest = 0;
  const residual = new Float32Array(ROWS_AT_A_TIME * centers.columns);
  const centerOf = new Uint8Array(ROWS_AT_A_TIME);
  for (let first = 0; first < count; first += ROWS_AT_A_TIME) {
    const chunk = stored.read(first, Math.min(count, first + ROWS_AT_A_TIME));
    for (let row = 0; row < chunk.rows; row++) {
      longest = Math.max(longest, leaveOut(chunk, row, centers, residual, centerOf));
    }
  }
  // The kernel may find another center as near.
  return Math.sqrt(longest) * (1 + 1e-6);
};

const ROWS_AT_A_TIME = 256;

/** The best candidates of one query so far: all that may still be among the first k. */
class Shortlist {
  readonly #size: number;
  readonly #margin: number;
  #scores: Float64Array;
  #documents: Uint32Array;
  #count = 0;
  /** A score below this is certainly not among the first k. */
  least = Number.NEGATIVE_INFINITY;

  constructor(size: number, margin: number) {
    this.#size = size;
    this.#margin = margin;
    this.#scores = new Float64Array(4 * size);
    this.#documents = new Uint32Array(4 * size);
  }

  push(document: number, score: number): void {
    if (this.#count === this.#scores.length) this.#prune();
    this.#scores[this.#count] = score;
    this.#documents[this.#count++] = document;
  }

  #prune(): void {
    const kth = this.#scores.slice(0, this.#count).sort()[this.#count - this.#size]!;
    this.least = kth - 2 * this.#margin;
    let kept = 0;
    for (let i = 0; i < this.#count; i++) {
      if (this.#scores[i]! < this.least) continue;
      this.#scores[kept] = this.#scores[i]!;
      this.#documents[kept++] = this.#documents[i]!;
    }
    this.#count = kept;
    if (2 * kept <= this.#scores.length) return;
    // So many scores are too near to each other to tell apart that the list must be longer.
    const scores = new Float64Array(2 * this.#scores.length);
    const documents = new Uint32Array(scores.length);
    scores.set(this.#scores);
    documents.set(this.#documents);
    this.#scores = scores;
    this.#documents = documents;
  }

  documents(): Uint32Array {
    if (this.#count > this.#size) this.#prune();
    // Ascending, as a file is read best.
    return this.#documents.slice(0, this.#count).sort();
  }
}

/**
 * The k documents with the highest dot product of each query, exactly: what a run file lists.
 *
 * Rows rounded to 16 bits choose the candidates and float64 their order; equal scores stand as `trec` has them. With the same
 * vectors, `evaluateRun` finds in such lists what `relevantRanks` counts.
 *
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param k At most this many documents a query.
 * @throws RangeError as `relevantRanks` does, or when k is not a positive whole number.
 *
 * Time O(Q·N·D); memory O(256·k + N).
 *
 * @example
 * ```ts
 * import { nearestDocuments } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0), rows: 1, columns: 2 };
 * const corpus = { data: Float32Array.of(0.5, 0.5, 0.75, 0, 0.25, 1), rows: 3, columns: 2 };
 * for (const { query, documents, scores } of nearestDocuments(queries, corpus, 2)) {
 *   console.log(query, Array.from(documents), Array.from(scores)); // 0 [1, 0] [0.75, 0.5]
 * }
 * ```
 */
export function* nearestDocuments(
  queries: Vectors,
  corpus: Vectors,
  k: number,
  options: NearestDocumentsOptions = {},
): Generator<NearestDocuments> {
  checkOptions('nearestDocuments', options, NEAREST_DOCUMENTS_OPTIONS);
  checkPositiveInteger('k', k);
  const none = { query: [], document: [] };
  const { chunkSize, scoring, asked, stored, plan } = prepareVectors(queries, corpus, none, options);
  const { excluded } = plan;
  const precedence = precedenceBy(plan.places);
  const { centers } = stored;
  const longest = largest(stored.lengths, 0, stored.rows) + largest(rowLengths(centers), 0, centers.rows);
  const width = Math.min(chunkSize, stored.rows);
  const questions = openRows(asked);
  const rows = openRows(stored);
  let rest: number | undefined;
  try {
    for (let from = 0; from < asked.rows; from += QUERIES_AT_A_TIME) {
      const block = questions.read(from, Math.min(from + QUERIES_AT_A_TIME, asked.rows));
      const lengths = asked.lengths.subarray(from, from + block.rows);
      const scorer = createTileScorer(block, lengths, stored.lengths, centers, width, scoring === 'auto');
      const { centerOf, worstError, exact } = scorer;
      if (!exact) rest ??= longestRest(stored.rows, centers, rows);
      const lists = Array.from(lengths, (length) => {
        // Scores without what documents have in common are off by a share of what is left of them, and added to it in float64.
        const rounding = (block.columns * 2 ** -51 * longest + Math.min(rest ?? 0, SHORTEST)) * length;
        const margin = exact ? 0 : scoreMargin(worstError, length, rest!, block.columns) + rounding;
        return new Shortlist(Math.min(k, stored.rows), margin);
      });
      /** What each query has in common with each center, [B, G]. */
      const offsets = new Float64Array(block.rows * centers.rows);
      if (!exact) dotProducts(block, 0, block.rows, centers, 0, centers.rows, offsets, centers.rows);
      for (let first = 0; first < stored.rows; first += width) {
        const last = Math.min(first + width, stored.rows);
        scorer.hold(rows.read(first, last));
        for (let start = 0; start < block.rows; start += scorer.step) {
          const scores = scorer.score(start);
          for (let q = start; q < Math.min(start + scorer.step, block.rows); q++) {
            const at = (q - start) * scorer.stride;
            hideExcluded(excluded, from + q, first, scores, at, last - first);
            const list = lists[q]!;
            const own = q * centers.rows;
            for (let d = 0; d < last - first; d++) {
              const score = scores[at + d]! + offsets[own + centerOf[d]!]!;
              if (score >= list.least && score !== Number.NEGATIVE_INFINITY) list.push(first + d, score);
            }
          }
        }
      }
      for (const [q, list] of lists.entries()) {
        const found = Array.from(list.documents(), (document) => ({
          document,
          score: dotProduct(block, q, rows.read(document, document + 1), 0),
          place: precedence(document),
        }));
        found.sort((a, b) => b.score - a.score || a.place - b.place);
        found.length = Math.min(k, found.length);
        yield {
          query: from + q,
          documents: Uint32Array.from(found, ({ document }) => document),
          scores: Float64Array.from(found, ({ score }) => score),
        };
      }
      options.onProgress?.(from + block.rows, asked.rows);
    }
  } finally {
    questions.close();
    rows.close();
  }
}
