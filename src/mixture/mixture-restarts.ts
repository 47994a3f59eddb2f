import type { MixtureParameters } from './mixture-start.js';
import type { WeightedValues } from './weighted-values.js';

/** Groups of neighboring scores, ascending, with running sums, so that any window has its moments in O(1). */
export interface GroupedScores extends WeightedValues {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Scores in at most `size` groups of about equal mass, each at its mean. Equal mass, not equal width: an outlier
 * takes no resolution from the rest.
 */
export const groupScores = (data: WeightedValues, size: number): GroupedScores => {
  const { values, weights, count } = data;
  const order =
    weights === undefined
      ? Float64Array.from(values).sort()
      : Uint32Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const valueAt = (i: number) => (weights === undefined ? order[i]! : values[order[i]!]!);
  const weightAt = (i: number) => (weights === undefined ? 1 : weights[order[i]!]!);
  const share = order.length <= size ? 0 : count / size;
  const means: number[] = [];
  const masses: number[] = [];
  let mass = 0;
  let sum = 0;
  for (let i = 0; i < order.length; i++) {
    mass += weightAt(i);
    sum += weightAt(i) * (valueAt(i) - data.mean);
    if (mass < share && i + 1 < order.length) continue;
    means.push(data.mean + sum / mass);
    masses.push(mass);
    mass = 0;
    sum = 0;
  }
  return { ...data, values: Float64Array.from(means), weights: Float64Array.from(masses) };
};

/** Mean and variance of the groups from `start` to before `end`, and of all others. */
const windowMoments = (data: GroupedScores) => {
  const { values, weights, mean } = data;
  const size = values.length;
  const mass = new Float64Array(size + 1);
  const sums = new Float64Array(size + 1);
  const squares = new Float64Array(size + 1);
  for (let i = 0; i < size; i++) {
    const offset = values[i]! - mean;
    mass[i + 1] = mass[i]! + weights[i]!;
    sums[i + 1] = sums[i]! + weights[i]! * offset;
    squares[i + 1] = squares[i]! + weights[i]! * offset * offset;
  }
  const moments = (m: number, s: number, q: number) => {
    const center = s / m;
    return { mass: m, mean: mean + center, variance: Math.max(q / m - center * center, 0) };
  };
  return {
    mass,
    inside: (start: number, end: number) =>
      moments(mass[end]! - mass[start]!, sums[end]! - sums[start]!, squares[end]! - squares[start]!),
    outside: (start: number, end: number) =>
      moments(
        mass[size]! - mass[end]! + mass[start]!,
        sums[size]! - sums[end]! + sums[start]!,
        squares[size]! - squares[end]! + squares[start]!,
      ),
  };
};

/** Shares of the scores whose shortest interval may be a component of its own inside a wider one. */
const SHARES = [0.05, 0.5, 0.15, 0.3, 0.02, 0.7];

/** Widths of a drawn component beside the spread of all scores. */
const WIDTHS = [0.1, 0.4, 0.03, 1, 0.2];

/** Position i of the golden-ratio sequences, one for each component: evenly spread however many are asked for. */
const spread = (i: number, component: number) =>
  ((i + 1) * (component * 0.7548776662466927 + 0.618033988749895)) % 1;

/**
 * More starting points for EM, each found from the data alone: a component in the shortest interval that holds a
 * given share of the scores with the others outside it (narrow in wide), then components of several widths at
 * evenly spread quantiles.
 *
 * @param count How many.
 */
export const mixtureRestarts = (
  data: GroupedScores,
  components: number,
  count: number,
): readonly MixtureParameters[] => {
  const { values, variance } = data;
  const size = values.length;
  if (components < 2 || size < 2 || !(variance > 0)) return [];
  const { mass, inside, outside } = windowMoments(data);
  const total = mass[size]!;
  const quantile = (q: number) => {
    let low = 0;
    let high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (mass[middle + 1]! < q * total) low = middle + 1;
      else high = middle;
    }
    return values[low]!;
  };

  const shortest = (share: number) => {
    let best = { start: 0, end: size, length: Number.POSITIVE_INFINITY };
    for (let start = 0, end = 0; start < size; start++) {
      while (end < size && mass[end]! - mass[start]! < share * total) end++;
      if (mass[end]! - mass[start]! < share * total) break;
      const length = values[end - 1]! - values[start]!;
      if (length < best.length && end - start < size) best = { start, end, length };
    }
    return best;
  };

  const starts: MixtureParameters[] = [];
  for (const share of SHARES.slice(0, count)) {
    const { start, end } = shortest(share);
    if (start === 0 && end === size) continue;
    const own = inside(start, end);
    const rest = outside(start, end);
    const others = components - 1;
    // The others share what is outside: side by side, at its quantiles.
    const place = (j: number) =>
      rest.mean + Math.sqrt(rest.variance) * (others === 1 ? 0 : (2 * j) / (others - 1) - 1);
    starts.push({
      weights: [own.mass / total, ...Array<number>(others).fill(rest.mass / total / others)],
      means: [own.mean, ...Array.from({ length: others }, (_, j) => place(j))],
      variances: [own.variance, ...Array<number>(others).fill(rest.variance / others)],
    });
  }
  for (let i = 0; starts.length < count; i++) {
    // One component is drawn narrow; the others are as wide as all scores would be, shared between them.
    const width = WIDTHS[i % WIDTHS.length]!;
    starts.push({
      weights: Array<number>(components).fill(1 / components),
      means: Array.from({ length: components }, (_, j) =>
        j > 0 && components === 2 ? data.mean : quantile(spread(i, j)),
      ),
      variances: Array.from({ length: components }, (_, j) =>
        j === 0 ? variance * width * width : variance / (components - 1),
      ),
    });
  }
  return starts;
};
