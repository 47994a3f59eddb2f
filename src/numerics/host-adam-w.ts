/** What AdamW is asked for in one update. */
export interface AdamWUpdate {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** 0 for a variable that does not decay. */
  readonly weightDecay: number;
  /** Counted from 1. */
  readonly step: number;
  /** Multiplies the gradient first: clipping without another pass. */
  readonly gradientScale: number;
}

/** The numbers of one AdamW step, bias corrections and schedule already in them. */
export interface AdamWStep {
  /** What the direction is multiplied by. */
  readonly rate: number;
  /** What the weight is multiplied by first: 1 − η · λ. */
  readonly keep: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly gradientScale: number;
}

/** m̂ / (√v̂ + ε) with the bias corrections of both moments moved into the rate and ε. */
export const adamWStep = ({
  learningRate,
  beta1,
  beta2,
  epsilon,
  weightDecay,
  step,
  gradientScale,
}: AdamWUpdate): AdamWStep => {
  const correction = Math.sqrt(1 - beta2 ** step);
  return {
    rate: (learningRate * correction) / (1 - beta1 ** step),
    keep: 1 - learningRate * weightDecay,
    beta1,
    beta2,
    epsilon: epsilon * correction,
    gradientScale,
  };
};

/**
 * One AdamW step over host arrays: w ← keep · w − rate · m / (√v + ε), both moments in place.
 *
 * @param target Where the new weights go. @defaultValue in place of the old ones
 */
export const hostAdamW = (
  weights: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { rate, keep, beta1, beta2, epsilon, gradientScale }: AdamWStep,
  target: Float32Array = weights,
): void => {
  const [new1, new2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < target.length; i++) {
    const g = gradient[i]! * gradientScale;
    const mean = beta1 * first[i]! + new1 * g;
    const variance = beta2 * second[i]! + new2 * g * g;
    first[i] = mean;
    second[i] = variance;
    target[i] = keep * weights[i]! - (rate * mean) / (Math.sqrt(variance) + epsilon);
  }
};
