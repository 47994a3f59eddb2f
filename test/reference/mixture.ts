/** Slow, obvious versions of what `oasis-embed/mixture` computes. */

const normal = (x: number, mean: number, variance: number) =>
  Math.exp(-((x - mean) ** 2) / (2 * variance)) / Math.sqrt(2 * Math.PI * variance);

export interface Normals {
  readonly weights: readonly number[];
  readonly means: readonly number[];
  readonly variances: readonly number[];
}

/** One round of EM on raw scores, straight from the definition. */
export const referenceEmStep = (
  scores: readonly number[],
  { weights, means, variances }: Normals,
): Normals => {
  const shares = scores.map((x) => {
    const parts = weights.map((weight, j) => weight * normal(x, means[j]!, variances[j]!));
    const sum = parts.reduce((a, b) => a + b, 0);
    return parts.map((part) => part / sum);
  });
  const mass = weights.map((_, j) => shares.reduce((sum, share) => sum + share[j]!, 0));
  const nextMeans = weights.map(
    (_, j) => scores.reduce((sum, x, i) => sum + shares[i]![j]! * x, 0) / mass[j]!,
  );
  return {
    weights: mass.map((m) => m / scores.length),
    means: nextMeans,
    variances: weights.map(
      (_, j) => scores.reduce((sum, x, i) => sum + shares[i]![j]! * (x - nextMeans[j]!) ** 2, 0) / mass[j]!,
    ),
  };
};

/** The mean log-likelihood of raw scores. */
export const referenceLogLikelihood = (
  scores: readonly number[],
  { weights, means, variances }: Normals,
): number =>
  scores.reduce(
    (sum, x) =>
      sum + Math.log(weights.reduce((p, weight, j) => p + weight * normal(x, means[j]!, variances[j]!), 0)),
    0,
  ) / scores.length;

/** Where the two weighted densities cross strictly between the means, by walking from one to the other. */
export const referenceCrossing = ({ weights, means, variances }: Normals): number | null => {
  const lead = (x: number) =>
    Math.log(weights[0]! / weights[1]!) +
    0.5 * Math.log(variances[1]! / variances[0]!) -
    (x - means[0]!) ** 2 / (2 * variances[0]!) +
    (x - means[1]!) ** 2 / (2 * variances[1]!);
  const steps = 20000;
  const at = (i: number) => means[0]! + ((means[1]! - means[0]!) * i) / steps;
  for (let i = 1; i < steps; i++) {
    if (lead(at(i)) > 0 !== lead(at(i + 1)) > 0) {
      let [low, high] = [at(i), at(i + 1)];
      for (let round = 0; round < 60; round++) {
        const middle = (low + high) / 2;
        if (lead(middle) > 0 === lead(low) > 0) low = middle;
        else high = middle;
      }
      return (low + high) / 2;
    }
  }
  return null;
};
