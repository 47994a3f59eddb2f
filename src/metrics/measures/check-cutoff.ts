/** @throws RangeError when the cutoff is not a whole number of at least 1; Infinity is none. */
export const checkCutoff = (cutoff: number, name: string): void => {
  if (!(cutoff >= 1 && (Number.isInteger(cutoff) || cutoff === Number.POSITIVE_INFINITY))) {
    throw new RangeError(`${name} must be a whole number of at least 1, received ${cutoff}`);
  }
};
