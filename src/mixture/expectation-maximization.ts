import type { MixtureParameters } from './mixture-start.js';
import { dot, InverseCurvature } from './quasi-newton.js';
import type { WeightedValues } from './weighted-values.js';

/** When to stop, and how to get there. */
export interface FitControl {
  readonly varianceFloor: number;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly acceleration: 'quasi-newton' | 'none';
}

/** The end of a run, components in the order of the start. */
export interface NormalFit extends MixtureParameters {
  readonly meanLogLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
  /** What was learned of the curvature around the end: undefined where plain EM had the last word. */
  readonly curvature?: InverseCurvature;
}

interface Normals {
  readonly weights: Float64Array;
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

const LOG_TWO_PI = Math.log(2 * Math.PI);
/** ln 2⁻⁵³ */
const NEGLIGIBLE = -53 * Math.LN2;

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
        const below = terms[j]! - top;
        // Less than the last bit of a sum that holds a 1 is not worth an exponential.
        const share = below < NEGLIGIBLE ? 0 : Math.exp(below);
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

/** Below this gain of a round the maximum is near enough for its curvature to be worth learning. */
const NEAR = 1e-3;
/** A component of so little weight, or so close to the floor, is left to plain EM. */
const LEAST_WEIGHT = 1e-12;
/** A step moves no logarithm by more than this, and no mean by more standard deviations. */
const LONGEST = 1;
/** How often a step is shortened before a round of EM takes its place. */
const SHORTER_STEPS = 2;

/**
 * Gradient of the mean log-likelihood and what EM takes for its inverse curvature, in coordinates without bounds: ln π,
 * μ, ln σ². Both follow from a round, and their product is, but for higher orders, the step that EM takes.
 *
 * @see Jamshidian and Jennrich (1997), Acceleration of the EM algorithm by using quasi-Newton methods.
 */
const slopeOf = (at: Normals, next: Normals, gradient: Float64Array, diagonal: Float64Array): void => {
  const size = at.means.length;
  for (let j = 0; j < size; j++) {
    const weight = at.weights[j]!;
    const variance = at.variances[j]!;
    const mass = next.weights[j]!;
    const shift = next.means[j]! - at.means[j]!;
    gradient[j] = mass - weight;
    gradient[size + j] = (mass * shift) / variance;
    gradient[2 * size + j] = 0.5 * mass * ((next.variances[j]! + shift * shift) / variance - 1);
    diagonal[j] = 1 / weight;
    diagonal[size + j] = variance / weight;
    diagonal[2 * size + j] = 2 / weight;
  }
};

const move = (at: Normals, step: Float64Array, out: Normals): void => {
  const size = at.means.length;
  let sum = 0;
  for (let j = 0; j < size; j++) {
    out.weights[j] = at.weights[j]! * Math.exp(step[j]!);
    out.means[j] = at.means[j]! + step[size + j]!;
    out.variances[j] = at.variances[j]! * Math.exp(step[2 * size + j]!);
    sum += out.weights[j]!;
  }
  for (let j = 0; j < size; j++) out.weights[j]! /= sum;
};

/** By how much a step must be shortened to stay within what is `LONGEST`. */
const shortening = ({ means, variances }: Normals, step: Float64Array): number => {
  const size = means.length;
  let longest = LONGEST;
  for (let j = 0; j < size; j++) {
    const deviation = Math.sqrt(variances[j]!);
    longest = Math.max(
      longest,
      Math.abs(step[j]!),
      Math.abs(step[size + j]!) / deviation,
      Math.abs(step[2 * size + j]!),
    );
  }
  return LONGEST / longest;
};

/**
 * Expectation–maximization from one start; each round, accelerated or not, is at least as likely as the last.
 *
 * @param known What a fit to nearly the same data that ended at `start` learned of the curvature, to spare learning it again.
 */
export const expectationMaximization = (
  data: WeightedValues,
  start: MixtureParameters,
  control: FitControl,
  known?: InverseCurvature,
): NormalFit => {
  const { varianceFloor, tolerance, maxIterations, acceleration } = control;
  const size = start.means.length;
  const round = emRound(data, size, varianceFloor);
  let current: Normals = {
    weights: Float64Array.from(start.weights),
    means: Float64Array.from(start.means),
    variances: Float64Array.from(start.variances, (variance) => Math.max(variance, varianceFloor)),
  };
  let [next, trial, trialNext] = [1, 2, 3].map(() => emptyNormals(size)) as [Normals, Normals, Normals];
  const [gradient, diagonal, step, nextGradient, fall] = [1, 2, 3, 4, 5].map(
    () => new Float64Array(3 * size),
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const curvature = known?.copy() ?? new InverseCurvature(3 * size);
  let learned = known !== undefined;
  const isFree = (at: Normals) =>
    at.weights.every((weight) => weight > LEAST_WEIGHT) &&
    at.variances.every((variance) => variance > varianceFloor);

  let likelihood = round(current, next);
  let iterations = 0;
  let gain = learned ? 0 : Number.POSITIVE_INFINITY;
  let converged = false;

  /** Tries the step that the curvature proposes; false where none climbs. */
  const climb = (): boolean => {
    slopeOf(current, next, gradient, diagonal);
    if (!learned) curvature.reset(diagonal);
    curvature.times(gradient, step);
    if (!(dot(gradient, step) > 0)) return false;
    let share = shortening(current, step);
    for (let tries = 0; tries <= SHORTER_STEPS && iterations < maxIterations; tries++) {
      step.forEach((value, i) => {
        step[i] = share * value;
      });
      share = 0.25;
      move(current, step, trial);
      if (!isFree(trial)) continue;
      const reached = round(trial, trialNext);
      iterations += 1;
      if (!(reached >= likelihood + 1e-4 * dot(gradient, step))) continue;
      slopeOf(trial, trialNext, nextGradient, diagonal);
      for (let i = 0; i < fall.length; i++) fall[i] = gradient[i]! - nextGradient[i]!;
      curvature.update(step, fall);
      learned = true;
      gain = reached - likelihood;
      likelihood = reached;
      [current, trial] = [trial, current];
      [next, trialNext] = [trialNext, next];
      // The gain that a whole step from here promises.
      curvature.times(nextGradient, step);
      const promised = 0.5 * Math.max(dot(nextGradient, step), weighed(nextGradient, diagonal));
      converged = gain < tolerance && promised < tolerance;
      return true;
    }
    return false;
  };

  while (!converged && iterations < maxIterations) {
    const near = acceleration !== 'none' && gain < NEAR && isFree(current) && isFree(next);
    if (near && climb()) continue;
    if (iterations >= maxIterations) break;
    learned = false;
    [current, next] = [next, current];
    const reached = round(current, next);
    iterations += 1;
    gain = reached - likelihood;
    likelihood = reached;
    converged = Math.abs(gain) < tolerance;
  }
  if (converged && iterations < maxIterations) {
    // The round that would gain too little is known already: it is taken all the same.
    [current, next] = [next, current];
    likelihood = round(current, next);
    iterations += 1;
  }
  return {
    weights: Array.from(current.weights),
    means: Array.from(current.means),
    variances: Array.from(current.variances),
    meanLogLikelihood: likelihood,
    iterations,
    converged,
    ...(learned ? { curvature } : {}),
  };
};

/** gᵀ·D·g */
const weighed = (gradient: Float64Array, diagonal: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < gradient.length; i++) sum += diagonal[i]! * gradient[i]! * gradient[i]!;
  return sum;
};
