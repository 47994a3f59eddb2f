import type { DenseMatrix } from '../../numerics/index.js';
import type { RelevantRanks } from './ranked-relevant.js';
import type { RankingPlan } from './ranking-plan.js';
import { createTileCounter } from './tile-counter.js';
import { createTileScorer } from './tile-scorer.js';
import { type MeasuredCorpus, type MeasuredVectors, openRows, type VectorRows } from './vector-rows.js';

/** How a range of queries is ranked by one thread. */
export interface RankRangeOptions {
  readonly chunkSize: number;
  readonly scoring: 'auto' | 'portable';
  /** Called with the share of the work that is done. */
  readonly onProgress?: (share: number) => void;
}

/**
 * The ranks for queries [from, to). Scores of rows rounded to 16 bits decide wherever they are further from a relevant
 * document's than their error can be; the others are summed again in float64, so the ranks are those of float64.
 */
export const rankRange = (
  plan: RankingPlan,
  queries: MeasuredVectors,
  corpus: MeasuredCorpus,
  from: number,
  to: number,
  options: RankRangeOptions,
): RelevantRanks => {
  const asked = openRows(queries);
  const stored = openRows(corpus);
  try {
    const lengths = queries.lengths.subarray(from, to);
    return rankBlock(plan, asked.read(from, to), lengths, corpus, stored, from, options);
  } finally {
    asked.close();
    stored.close();
  }
};

/** The ranks for a block of queries, which start at number `from` of all. */
const rankBlock = (
  plan: RankingPlan,
  queries: DenseMatrix,
  lengths: Float64Array,
  corpus: MeasuredCorpus,
  stored: VectorRows,
  from: number,
  { chunkSize, scoring, onProgress }: RankRangeOptions,
): RelevantRanks => {
  const { rows } = corpus;
  const width = Math.min(chunkSize, rows);
  const fast = scoring === 'auto';
  const scorer = createTileScorer(queries, lengths, corpus.lengths, corpus.centers, width, fast);
  const counter = createTileCounter(plan, queries, lengths, corpus, stored, from, scorer);
  for (let first = 0; first < rows; first += width) {
    const last = Math.min(first + width, rows);
    const chunk = stored.read(first, last);
    if (!counter.hold(chunk, first)) {
      scorer.hold(chunk);
      for (let start = 0; start < queries.rows; start += scorer.step) {
        const scores = scorer.score(start);
        const end = Math.min(start + scorer.step, queries.rows);
        for (let q = start; q < end; q++) counter.count(q, scores, (q - start) * scorer.stride);
      }
    }
    onProgress?.(last / rows);
  }
  return counter.finish();
};
