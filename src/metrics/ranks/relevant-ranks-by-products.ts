import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import { joinRanks } from './join-ranks.js';
import { prepareVectors } from './prepare-ranking.js';
import { createProductTiles, type RowProducts } from './product-tiles.js';
import { rankRange } from './rank-range.js';
import { RANKING_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import type { DocumentsByQuery, Relevance } from './relevance.js';
import { createRoundedTiles } from './rounded-tiles.js';
import { relativeErrorOf } from './score-kernel.js';
import { createTileCounter } from './tile-counter.js';
import { hasPlainLengths } from './tile-scorer.js';
import { openRows, type Vectors } from './vector-rows.js';

/** Options of ranks whose products come from elsewhere. */
export interface RelevantRanksByProductsOptions extends Omit<RelevantRanksOptions, 'scoring'> {
  /**
   * Queries multiplied at a time.
   * @defaultValue 1024
   */
  readonly blockSize?: number;
  /**
   * Documents multiplied at a time.
   * @defaultValue 1024
   */
  readonly chunkSize?: number;
  /**
   * The unit roundoff u of the products' arithmetic: 2⁻²⁴ for float32, 2⁻¹¹ for TF32 and float16 inputs.
   * @defaultValue 2 ** -24
   */
  readonly unitRoundoff?: number;
  /** Stops the work between two products. */
  readonly signal?: AbortSignal;
}

/** The names of {@link RelevantRanksByProductsOptions}. */
export const RELEVANT_RANKS_BY_PRODUCTS_OPTIONS: OptionNames<RelevantRanksByProductsOptions> = {
  ...RANKING_OPTIONS,
  blockSize: true,
  chunkSize: true,
  unitRoundoff: true,
  signal: true,
};

/** Whether each of these queries has one relevant document. */
const haveOneEach = ({ offsets }: DocumentsByQuery, from: number, to: number): boolean => {
  for (let q = from; q < to; q++) if (offsets[q + 1]! - offsets[q]! !== 1) return false;
  return true;
};

/** Queries that pass over the corpus together. */
const QUERIES_AT_A_TIME = 8192;

/**
 * The ranks of `relevantRanks`, with the rows multiplied by whatever does that fastest: a BLAS, ONNX Runtime, an
 * accelerator.
 *
 * Products may be rounded in any order of summation. One that is nearer to a relevant document's score than rounding can
 * move it is summed again in float64, so the ranks are the same to the bit. What rows have in common is left out before they
 * are multiplied, so that rows that are nearly equal do not all come near.
 *
 * @param products Called for every tile, documents in the outer loop.
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param relevance Pairs, or one document per query [Q].
 * @throws RangeError as `relevantRanks` does.
 *
 * Time O(Q·N) beside the products; memory O(P + N + chunkSize·(blockSize + D)).
 *
 * @example
 * ```ts
 * import { relevantRanksByProducts } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * const found = await relevantRanksByProducts(
 *   {
 *     multiply(a, b, out) {
 *       for (let q = 0; q < a.rows; q++) {
 *         for (let d = 0; d < b.rows; d++) {
 *           out[q * b.rows + d] = a.data[2 * q]! * b.data[2 * d]! + a.data[2 * q + 1]! * b.data[2 * d + 1]!;
 *         }
 *       }
 *     },
 *   },
 *   queries,
 *   corpus,
 *   [1, 2],
 * );
 * console.log(Array.from(found.ranks)); // [2, 1]
 * ```
 */
export const relevantRanksByProducts = async (
  products: RowProducts,
  queries: Vectors,
  corpus: Vectors,
  relevance: Relevance,
  options: RelevantRanksByProductsOptions = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksByProducts', options, RELEVANT_RANKS_BY_PRODUCTS_OPTIONS);
  const {
    blockSize = 1024,
    chunkSize = 1024,
    unitRoundoff = 2 ** -24,
    signal,
    onProgress,
    ...rest
  } = options;
  checkPositiveInteger('blockSize', blockSize);
  if (!(unitRoundoff >= 0 && unitRoundoff < 1)) {
    throw new RangeError(`unitRoundoff must be in [0, 1), received ${unitRoundoff}`);
  }
  const { asked, stored, plan } = prepareVectors(queries, corpus, relevance, { ...rest, chunkSize });
  const { columns, rows } = asked;
  // Rows, what is left of documents, levels and sums are rounded.
  const relativeError = relativeErrorOf(columns + 4, unitRoundoff);
  const trusted =
    hasPlainLengths(asked.lengths) && hasPlainLengths(stored.lengths) && Number.isFinite(relativeError);
  const questions = openRows(asked);
  const documents = openRows(stored);
  const parts: RelevantRanks[] = [];
  let reported = 0;
  const report = (done: number) => {
    if (done > reported) onProgress?.(done, rows);
    reported = Math.max(reported, done);
  };
  try {
    for (let from = 0; from < rows; from += QUERIES_AT_A_TIME) {
      signal?.throwIfAborted();
      const to = Math.min(from + QUERIES_AT_A_TIME, rows);
      if (!trusted) {
        parts.push(rankRange(plan, asked, stored, from, to, { chunkSize, scoring: 'auto' }));
        report(to);
        continue;
      }
      const block = questions.read(from, to);
      const lengths = asked.lengths.subarray(from, to);
      const step = Math.min(blockSize, block.rows);
      const width = Math.min(chunkSize, stored.rows);
      const { multiplyRounded } = products;
      const rounded =
        multiplyRounded === undefined || !haveOneEach(plan.relevant, from, to)
          ? null
          : createRoundedTiles(
              (...given) => multiplyRounded.apply(products, given),
              ...[block, lengths, stored, relativeError, step, width],
            );
      const tiles =
        rounded ?? createProductTiles(products, lengths, stored, columns, relativeError, step, width);
      const counter = createTileCounter(plan, block, lengths, stored, documents, from, tiles);
      for (let first = 0; first < stored.rows; first += width) {
        const last = Math.min(first + width, stored.rows);
        const chunk = documents.read(first, last);
        if (counter.hold(chunk, first)) continue;
        tiles.hold(chunk, first);
        for (let start = 0; start < block.rows; start += step) {
          const end = Math.min(start + step, block.rows);
          if ('count' in tiles) await tiles.count(start, end, counter);
          else {
            const data = block.data.subarray(start * columns, end * columns);
            const scores = await tiles.score({ rows: end - start, columns, data });
            for (let q = start; q < end; q++) counter.count(q, scores, (q - start) * chunk.rows);
          }
          signal?.throwIfAborted();
          report(from + Math.floor((block.rows * first + end * (last - first)) / stored.rows));
        }
      }
      report(to);
      parts.push(counter.finish());
    }
  } finally {
    questions.close();
    documents.close();
  }
  return joinRanks(plan.relevant.offsets, parts, plan.ties);
};
