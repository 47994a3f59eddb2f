import { ScoreHistogram } from './score-histogram.js';
import { histogramValues, type WeightedValues } from './weighted-values.js';

/** Weights, means and variances, one of each per component. */
export interface MixtureParameters {
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

const lloyd = (data: WeightedValues, seeds: readonly number[]): MixtureParameters => {
  const { values, weights, count } = data;
  const size = seeds.length;
  let centers = [...seeds];
  for (let round = 0; ; round++) {
    const mass = new Float64Array(size);
    const sums = new Float64Array(size);
    const squares = new Float64Array(size);
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      let best = 0;
      for (let j = 1; j < size; j++) {
        if (Math.abs(value - centers[j]!) < Math.abs(value - centers[best]!)) best = j;
      }
      const weight = weights === undefined ? 1 : weights[i]!;
      const offset = value - data.mean;
      mass[best]! += weight;
      sums[best]! += weight * offset;
      squares[best]! += weight * offset * offset;
    }
    const next = centers.map((center, j) => (mass[j] === 0 ? center : data.mean + sums[j]! / mass[j]!));
    const settled = next.every((center, j) => center === centers[j]);
    centers = next;
    if (settled || round === 100) {
      // An empty cluster still gets a component, of the weight of half a score and the whole spread.
      const floor = 0.5 / count;
      const raw = Array.from(mass, (m) => Math.max(m / count, floor));
      const total = raw.reduce((a, b) => a + b, 0);
      return {
        weights: raw.map((w) => w / total),
        means: centers,
        variances: centers.map((center, j) =>
          mass[j] === 0 ? data.variance : Math.max(0, squares[j]! / mass[j]! - (center - data.mean) ** 2),
        ),
      };
    }
  }
};

const coarse = (data: WeightedValues): WeightedValues => {
  if (data.weights !== undefined) return data;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.values.length; i++) {
    minimum = Math.min(minimum, data.values[i]!);
    maximum = Math.max(maximum, data.values[i]!);
  }
  if (!(maximum > minimum)) return data;
  return histogramValues(new ScoreHistogram({ minimum, maximum }).add(data.values));
};

/**
 * Starting points for EM that depend on nothing but the data: k-means from evenly spaced quantiles, which finds
 * components of similar weight, and k-means from evenly spaced values, which finds small ones far away.
 */
export const mixtureStarts = (data: WeightedValues, components: number): readonly MixtureParameters[] => {
  const { values, weights, count, ...rest } = coarse(data);
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const low = values[order[0]!]!;
  const high = values[order[order.length - 1]!]!;
  const quantile = (q: number) => {
    let seen = 0;
    for (const i of order) {
      seen += weights === undefined ? 1 : weights[i]!;
      if (seen >= q * count) return values[i]!;
    }
    return high;
  };
  const steps = Array.from({ length: components }, (_, j) => (j + 0.5) / components);
  const binned = { values, weights, count, ...rest };
  const starts = [lloyd(binned, steps.map(quantile))];
  if (components > 1) {
    const second = lloyd(
      binned,
      steps.map((step) => low + step * (high - low)),
    );
    if (second.means.some((mean, j) => mean !== starts[0]!.means[j])) starts.push(second);
  }
  return starts;
};
