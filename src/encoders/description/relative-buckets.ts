/**
 * The bucket of a distance as T5 has it: half of the buckets for either direction, and of those half for small distances
 * and half for the others, logarithmically.
 *
 * @param distance The place of the key less that of the query.
 */
export const bucketOf = (distance: number, buckets: number, maximumDistance: number): number => {
  const half = buckets >> 1;
  const exact = half >> 1;
  const offset = distance > 0 ? half : 0;
  const far = Math.abs(distance);
  if (far < exact) return offset + far;
  // In float32, as the models were trained.
  const f = Math.fround;
  const share = f(f(Math.log(f(far / exact))) / Math.log(maximumDistance / exact));
  return offset + Math.min(exact + Math.trunc(f(share * (half - exact))), half - 1);
};
