import { hashString } from '../../numerics/index.js';

/**
 * A number that tells two sets of weights apart: all of a small tensor, 97 values of a large one.
 *
 * @param hash That of the tensors before this one; 0 for the first.
 */
export const weightsFingerprint = (hash: number, values: Float32Array): number => {
  const step = Math.max(Math.floor(values.length / 97), 1);
  let next = hash;
  for (let i = 0; i < values.length; i += step)
    next = Math.imul(next ^ hashString(`${values[i]}`), 0x01000193);
  return next >>> 0;
};
