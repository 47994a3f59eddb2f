/** The numbers of one update. */
export interface AdamWUpdate {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Counted from 1. */
  readonly step: number;
  /** Multiplies the gradient first: clipping without another pass. */
  readonly gradientScale: number;
}

/** w ← w − η · (m̂ / (√v̂ + ε) + λ · w), in place, the two moments too. */
export const updateAdamW = (
  weights: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
  { learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale }: AdamWUpdate,
): void => {
  const correction = Math.sqrt(1 - beta2 ** step);
  const rate = (learningRate * correction) / (1 - beta1 ** step);
  const floor = epsilon * correction;
  const keep = 1 - learningRate * weightDecay;
  const [new1, new2] = [1 - beta1, 1 - beta2];
  for (let i = 0; i < weights.length; i++) {
    const g = gradient[i]! * gradientScale;
    const mean = beta1 * first[i]! + new1 * g;
    const variance = beta2 * second[i]! + new2 * g * g;
    first[i] = mean;
    second[i] = variance;
    weights[i] = keep * weights[i]! - (rate * mean) / (Math.sqrt(variance) + floor);
  }
};
