import { checkPositiveInteger } from '../numerics/index.js';
import { assertFiniteScores, ScoreHistogram } from './score-histogram.js';

/** Distinct places with weights: what both raw scores and histograms become before a fit. */
export interface WeightedValues {
  readonly values: ArrayLike<number>;
  /** Scores at each value; undefined where each counts once. */
  readonly weights: Float64Array | undefined;
  readonly count: number;
  /** 0 for raw scores. */
  readonly binWidth: number;
  readonly mean: number;
  readonly variance: number;
}

const moments = (values: ArrayLike<number>, weights: Float64Array | undefined, count: number) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * (weights === undefined ? 1 : weights[i]!);
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const difference = values[i]! - mean;
    squares += difference * difference * (weights === undefined ? 1 : weights[i]!);
  }
  return { mean, variance: squares / count };
};

/** The non-empty bins of a histogram as weighted bin centers. */
export const histogramValues = (histogram: ScoreHistogram): WeightedValues => {
  const places: number[] = [];
  const counts: number[] = [];
  histogram.counts.forEach((count, i) => {
    if (count === 0) return;
    places.push(histogram.binCenter(i));
    counts.push(count);
  });
  const values = Float64Array.from(places);
  const weights = Float64Array.from(counts);
  const { total: count, binWidth } = histogram;
  return { values, weights, count, binWidth, ...moments(values, weights, count) };
};

/** @throws RangeError when a score is not finite or there are fewer scores than `components`. */
export const weightedValues = (
  scores: ArrayLike<number> | ScoreHistogram,
  components: number,
): WeightedValues => {
  const count = scores instanceof ScoreHistogram ? scores.total : scores.length;
  checkPositiveInteger('components', components);
  if (count < components) {
    throw new RangeError(`scores must hold at least ${components} (one per component), received ${count}`);
  }
  if (scores instanceof ScoreHistogram) return histogramValues(scores);
  assertFiniteScores(scores);
  const values = scores;
  return { values, weights: undefined, count, binWidth: 0, ...moments(values, undefined, count) };
};
