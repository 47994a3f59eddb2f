import { createRandom } from '../../src/numerics/index.js';

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const middle = (sorted: ArrayLike<number>): number => {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

export const median = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : middle(Float64Array.from(values).sort());

const RESAMPLES = 2000;

/**
 * The statistic of some samples with its 95% percentile bootstrap interval: each resample draws every sample anew with
 * replacement. Seeded, so that the same samples always give the same interval.
 */
export const bootstrap = (
  samples: readonly (readonly number[])[],
  statistic: (samples: readonly (readonly number[])[]) => number,
): Interval => {
  const random = createRandom(1, 'bench bootstrap');
  const found = Float64Array.from({ length: RESAMPLES }, () =>
    statistic(samples.map((sample) => sample.map(() => sample[random.below(sample.length)]!))),
  ).sort();
  return {
    value: statistic(samples),
    low: found[Math.floor(0.025 * RESAMPLES)]!,
    high: found[Math.ceil(0.975 * RESAMPLES) - 1]!,
  };
};

const exponential = ({ value, low, high }: Interval): Interval => ({
  value: Math.exp(value),
  low: Math.exp(low),
  high: Math.exp(high),
});

/** How many times as long `rival` takes, by the median of the rounds: round i of both was measured in turn. */
export const pairedRatio = (rival: readonly number[], ours: readonly number[]): Interval => {
  const logarithms = rival.map((time, round) => Math.log(time / ours[round]!));
  return exponential(bootstrap([logarithms], ([sample]) => median(sample!)));
};

/** How many times `after` is `before`, by the medians of samples that belong to different runs. */
export const unpairedRatio = (after: readonly number[], before: readonly number[]): Interval => {
  const logarithms = [after, before].map((times) => times.map(Math.log));
  return exponential(bootstrap(logarithms, ([a, b]) => median(a!) - median(b!)));
};
