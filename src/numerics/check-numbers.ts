/** Refuses a number that is not whole or lies below `least`. */
export const checkWholeNumber = (name: string, value: number, least: number): void => {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new RangeError(`${name} must be a whole number of at least ${least}, received ${String(value)}`);
};

/** Refuses a number that is not whole or lies below 1. */
export const checkPositiveInteger = (name: string, value: number): void => checkWholeNumber(name, value, 1);
