import { checkPositiveInteger } from '../../numerics/index.js';

/** @throws RangeError when the cutoff is not a whole number of at least 1; Infinity is none. */
export const checkCutoff = (cutoff: number, name: string): void => {
  if (cutoff !== Number.POSITIVE_INFINITY) checkPositiveInteger(name, cutoff);
};
