import {
  checkOptions,
  checkPositiveInteger,
  type DenseMatrix,
  type OptionNames,
} from '../../numerics/index.js';
import { dotProduct } from './dot-products.js';
import { prepareVectors } from './prepare-ranking.js';
import { RANKING_OPTIONS, type RelevantRanks, type RelevantRanksOptions } from './ranked-relevant.js';
import { counterFor, hideExcluded } from './ranking-plan.js';
import type { Relevance } from './relevance.js';
import { relativeErrorOf } from './score-kernel.js';
import { largest, scoreMargin } from './score-margin.js';
import { openRows } from './vector-rows.js';

/** Dot products of queries [queryStart, queryEnd) with documents [documentStart, documentEnd), row by row. */
export type ScoreTiles = (
  queryStart: number,
  queryEnd: number,
  documentStart: number,
  documentEnd: number,
) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Options of ranks whose scores arrive in tiles of queries × documents. */
export interface RelevantRanksByTilesOptions extends Omit<RelevantRanksOptions, 'scoring'> {
  /**
   * Queries scored at a time.
   * @defaultValue 1024
   */
  readonly blockSize?: number;
  /**
   * Documents scored at a time.
   * @defaultValue 1024
   */
  readonly chunkSize?: number;
  /**
   * The unit roundoff u of the scorer's arithmetic: 2⁻²⁴ for float32, 2⁻¹¹ for TF32 and float16 inputs.
   * @defaultValue 2 ** -24
   */
  readonly unitRoundoff?: number;
}

const RELEVANT_RANKS_ON_BACKEND_OPTIONS: OptionNames<Omit<RelevantRanksByTilesOptions, 'unitRoundoff'>> = {
  ...RANKING_OPTIONS,
  blockSize: true,
  chunkSize: true,
};

const RELEVANT_RANKS_BY_TILES_OPTIONS: OptionNames<RelevantRanksByTilesOptions> = {
  ...RELEVANT_RANKS_ON_BACKEND_OPTIONS,
  unitRoundoff: true,
};

/**
 * The rank of every relevant document, with vectors multiplied by an accelerator; exact nonetheless.
 *
 * Scores arrive in tiles and may be rounded in any order of summation: one that is nearer to a relevant document's
 * score than rounding can move it is summed again in float64, so the ranks are those of `relevantRanks`.
 *
 * @param score Called for every tile, documents in the outer loop, so that a chunk of the corpus can stay on the
 * accelerator while the queries pass by.
 * @param queries [Q, D].
 * @param corpus [N, D].
 * @param relevance Pairs, or one document per query [Q].
 * @throws RangeError as `relevantRanks` does, when a tile has another length, or a score is NaN.
 *
 * Time O(Q·N) beside the scoring; memory O(P + N + Q) beside the tiles.
 *
 * @example
 * ```ts
 * import { relevantRanksByTiles } from 'oasis-embed/metrics';
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * const score = (q0: number, q1: number, d0: number, d1: number) => {
 *   const tile = new Float32Array((q1 - q0) * (d1 - d0));
 *   for (let q = q0; q < q1; q++) {
 *     for (let d = d0; d < d1; d++) {
 *       tile[(q - q0) * (d1 - d0) + d - d0] =
 *         queries.data[2 * q]! * corpus.data[2 * d]! + queries.data[2 * q + 1]! * corpus.data[2 * d + 1]!;
 *     }
 *   }
 *   return tile;
 * };
 * console.log(Array.from((await relevantRanksByTiles(score, queries, corpus, [1, 2])).ranks)); // [2, 1]
 * ```
 */
export const relevantRanksByTiles = async (
  score: ScoreTiles,
  queries: DenseMatrix,
  corpus: DenseMatrix,
  relevance: Relevance,
  options: RelevantRanksByTilesOptions = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksByTiles', options, RELEVANT_RANKS_BY_TILES_OPTIONS);
  const { blockSize = 1024, chunkSize = 1024, unitRoundoff = 2 ** -24, onProgress, ...rest } = options;
  checkPositiveInteger('blockSize', blockSize);
  if (!(unitRoundoff >= 0 && unitRoundoff < 1)) {
    throw new RangeError(`unitRoundoff must be in [0, 1), received ${unitRoundoff}`);
  }
  const { asked, stored, plan } = prepareVectors(queries, corpus, relevance, { ...rest, chunkSize });
  const { columns, rows } = asked;
  const counter = counterFor(plan, plan.relevant, asked, openRows(stored));
  // Inputs may be rounded too, once each.
  const relativeError = relativeErrorOf(columns + 2, unitRoundoff);
  let reported = 0;
  for (let first = 0; first < stored.rows; first += chunkSize) {
    const last = Math.min(first + chunkSize, stored.rows);
    const width = last - first;
    const longest = largest(stored.lengths, first, last);
    const row = new Float64Array(width);
    const sure = new Float64Array(width);
    for (let start = 0; start < rows; start += blockSize) {
      const end = Math.min(start + blockSize, rows);
      const tile = await score(start, end, first, last);
      if (tile.length !== (end - start) * width) {
        const wanted = `${end - start} × ${width}`;
        const place = `the scores of queries ${start} to ${end} and documents ${first} to ${last}`;
        throw new RangeError(`${place} must be ${wanted}, received ${tile.length}`);
      }
      for (let q = start; q < end; q++) {
        const from = (q - start) * width;
        const margin = scoreMargin(relativeError, asked.lengths[q]!, longest, columns);
        const exact = (places: Uint32Array, count: number) => {
          for (let i = 0; i < count; i++) sure[i] = dotProduct(asked, q, stored, first + places[i]!);
          return sure;
        };
        const trusted = Number.isFinite(margin);
        for (let d = 0; d < width; d++) {
          if (trusted && Number.isNaN(tile[from + d])) {
            throw new RangeError(`the score of query ${q} and document ${first + d} must not be NaN`);
          }
        }
        if (trusted && plan.excluded === undefined) {
          counter.countNear(q, first, tile, from, width, margin, exact);
          continue;
        }
        for (let d = 0; d < width; d++)
          row[d] = trusted ? tile[from + d]! : dotProduct(asked, q, stored, first + d);
        hideExcluded(plan.excluded, q, first, row, 0, width);
        if (trusted) counter.countNear(q, first, row, 0, width, margin, exact);
        else counter.count(q, first, row, 0, width);
      }
      const done = Math.floor((rows * first + end * width) / stored.rows);
      if (done > reported) onProgress?.(done, rows);
      reported = Math.max(reported, done);
    }
  }
  return counter.finish();
};

/**
 * {@link relevantRanks} with the products computed by the active backend of TensorFlow.js: CUDA, WebGPU, or whatever
 * `selectBackend` chose. The ranks are the same.
 *
 * TensorFlow.js is loaded when this is called, not with the module.
 *
 * @throws RangeError as `relevantRanks` does.
 *
 * Time O(Q·N·D) on the backend and O(Q·N) here; memory O(blockSize·chunkSize + chunkSize·D) beside the vectors.
 *
 * @example
 * ```ts
 * import * as tf from '@tensorflow/tfjs';
 * import { relevantRanksOnBackend } from 'oasis-embed/metrics';
 * await tf.setBackend('cpu');
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * console.log(Array.from((await relevantRanksOnBackend(queries, corpus, [1, 2])).ranks)); // [2, 1]
 * ```
 */
export const relevantRanksOnBackend = async (
  queries: DenseMatrix,
  corpus: DenseMatrix,
  relevance: Relevance,
  options: Omit<RelevantRanksByTilesOptions, 'unitRoundoff'> = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksOnBackend', options, RELEVANT_RANKS_ON_BACKEND_OPTIONS);
  const { createBackendTiles } = await import('./backend-tiles.js');
  const { score, unitRoundoff, dispose } = createBackendTiles(queries, corpus);
  try {
    return await relevantRanksByTiles(score, queries, corpus, relevance, { ...options, unitRoundoff });
  } finally {
    dispose();
  }
};
