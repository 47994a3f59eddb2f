/** The options of a loss on tensors, for typed arrays: a temperature is a number. */
export type HostOptions<Options> = Omit<Options, 'temperature'> & {
  /** τ, above 0; 1/τ is what other libraries call scale. @defaultValue 0.05 */
  readonly temperature?: number;
};

/** Checks that scores are numbers in an array. */
export const checkScores = (scores: ArrayLike<number>): void => {
  const array = scores !== null && typeof scores === 'object' && typeof scores.length === 'number';
  if (!array) throw new TypeError(`scores must be an array of numbers [P], received ${String(scores)}`);
};

/** Checks a temperature that must be a number. */
export const checkNumericTemperature = (temperature: unknown): void => {
  if (temperature !== undefined && typeof temperature !== 'number') {
    throw new TypeError(`temperature must be a number, received ${typeof temperature}`);
  }
};
