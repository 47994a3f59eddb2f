import type { MixtureParameters } from './mixture-start.js';
import type { WeightedValues } from './weighted-values.js';

/** When to stop, and how to get there. */
export interface FitControl {
  readonly varianceFloor: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly acceleration: 'squarem' | 'none';
}

/** The end of a run, components in the order of the start. */
export interface NormalFit extends MixtureParameters {
  readonly meanLogLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

interface Normals {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

const LOG_TWO_PI = Math.log(2 * Math.PI);

const emptyNormals = (size: number): Normals => ({
  weights: new Float64Array(size),
  means: new Float64Array(size),
  variances: new Float64Array(size),
});

/** A round of EM over fixed data: writes the next parameters and returns the mean log-likelihood of the given. */
const emRound = (data: WeightedValues, size: number, floor: number) => {
  const { values, weights: counts, count } = data;
  const offsets = new Float64Array(size);
  const halfPrecisions = new Float64Array(size);
  const mass = new Float64Array(size);
  const firsts = new Float64Array(size);
  const seconds = new Float64Array(size);
  const terms = new Float64Array(size);
  return ({ weights, means, variances }: Normals, next: Normals): number => {
    for (let j = 0; j < size; j++) {
      offsets[j] = Math.log(weights[j]!) - 0.5 * (LOG_TWO_PI + Math.log(variances[j]!));
      halfPrecisions[j] = 0.5 / variances[j]!;
    }
    mass.fill(0);
    firsts.fill(0);
    seconds.fill(0);
    let total = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      const weight = counts === undefined ? 1 : counts[i]!;
      let top = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < size; j++) {
        const difference = value - means[j]!;
        const term = offsets[j]! - difference * difference * halfPrecisions[j]!;
        terms[j] = term;
        if (term > top) top = term;
      }
      let sum = 0;
      for (let j = 0; j < size; j++) {
        const share = Math.exp(terms[j]! - top);
        terms[j] = share;
        sum += share;
      }
      total += weight * (top + Math.log(sum));
      const scale = weight / sum;
      // Moments about the given means stay small, which keeps the variances exact far from 0.
      for (let j = 0; j < size; j++) {
        const share = terms[j]! * scale;
        const difference = value - means[j]!;
        mass[j]! += share;
        firsts[j]! += share * difference;
        seconds[j]! += share * difference * difference;
      }
    }
    for (let j = 0; j < size; j++) {
      // A component that lost all its scores stays where it is with no weight.
      const share = Math.max(mass[j]!, Number.MIN_VALUE);
      const shift = firsts[j]! / share;
      next.weights[j] = Math.max(mass[j]! / count, Number.MIN_VALUE);
      next.means[j] = means[j]! + shift;
      next.variances[j] = Math.max(seconds[j]! / share - shift * shift, floor);
    }
    return total / count;
  };
};

/**
 * Squared extrapolation along the last two rounds, in coordinates without bounds: ln π, μ, ln σ².
 *
 * @see Varadhan and Roland (2008), Simple and globally convergent methods for accelerating the convergence of any
 * EM algorithm, scheme S3.
 */
const extrapolate = (first: Normals, second: Normals, third: Normals, floor: number, out: Normals): void => {
  const size = out.means.length;
  const at = ({ weights, means, variances }: Normals, i: number) =>
    i < size ? Math.log(weights[i]!) : i < 2 * size ? means[i - size]! : Math.log(variances[i - 2 * size]!);
  let steps = 0;
  let bends = 0;
  for (let i = 0; i < 3 * size; i++) {
    const step = at(second, i) - at(first, i);
    const bend = at(third, i) - at(second, i) - step;
    steps += step * step;
    bends += bend * bend;
  }
  const length = -Math.max(1, Math.sqrt(steps / bends));
  const moved = (i: number) => {
    const step = at(second, i) - at(first, i);
    const bend = at(third, i) - at(second, i) - step;
    return at(first, i) - 2 * length * step + length * length * bend;
  };
  let sum = 0;
  for (let j = 0; j < size; j++) {
    out.weights[j] = Math.exp(moved(j));
    out.means[j] = moved(size + j);
    out.variances[j] = Math.max(Math.exp(moved(2 * size + j)), floor);
    sum += out.weights[j]!;
  }
  for (let j = 0; j < size; j++) out.weights[j]! /= sum;
};

/** Expectation–maximisation from one start; each round, accelerated or not, is at least as likely as the last. */
export const expectationMaximization = (
  data: WeightedValues,
  start: MixtureParameters,
  control: FitControl,
): NormalFit => {
  const { varianceFloor, tolerance, maxIterations, acceleration } = control;
  const size = start.means.length;
  const round = emRound(data, size, varianceFloor);
  let current: Normals = {
    weights: Float64Array.from(start.weights),
    means: Float64Array.from(start.means),
    variances: Float64Array.from(start.variances, (variance) => Math.max(variance, varianceFloor)),
  };
  let [second, third, far, farNext] = [1, 2, 3, 4].map(() => emptyNormals(size)) as [
    Normals,
    Normals,
    Normals,
    Normals,
  ];
  let previous = Number.NEGATIVE_INFINITY;
  let converged = false;
  let iterations = 0;
  while (!converged && iterations < maxIterations) {
    const likelihood = round(current, second);
    iterations += 1;
    converged = Math.abs(likelihood - previous) < tolerance;
    if (converged || acceleration === 'none' || iterations + 2 > maxIterations) {
      previous = likelihood;
      [current, second] = [second, current];
      continue;
    }
    const nextLikelihood = round(second, third);
    iterations += 1;
    converged = Math.abs(nextLikelihood - likelihood) < tolerance;
    previous = nextLikelihood;
    if (!converged) {
      extrapolate(current, second, third, varianceFloor, far);
      const farLikelihood = round(far, farNext);
      iterations += 1;
      if (farLikelihood >= nextLikelihood) {
        previous = farLikelihood;
        [current, farNext] = [farNext, current];
        continue;
      }
    }
    [current, third] = [third, current];
  }
  const meanLogLikelihood = round(current, second);
  return {
    weights: Array.from(current.weights),
    means: Array.from(current.means),
    variances: Array.from(current.variances),
    meanLogLikelihood,
    iterations,
    converged,
  };
};
