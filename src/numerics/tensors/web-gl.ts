import * as tf from '@tensorflow/tfjs';

/**
 * Whether tensors lie in packed textures, two rows by two columns a texel. With an odd number of rows or columns some
 * quarters of a texel belong to no element, operations leave anything there, and sums over texels count it.
 */
export const isPacked = (): boolean => tf.getBackend() === 'webgl';

/** Whether tensors are stored as 16-bit floats: numbers from 6e-8 to 65,504 with three digits, whole ones to 2,048. */
export const isHalfPrecision = (): boolean =>
  tf.getBackend() === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');

export const hasRemains = ({ rank, shape }: tf.Tensor): boolean =>
  rank >= 2 && rank <= 4 && (shape[rank - 1]! % 2 === 1 || shape[rank - 2]! % 2 === 1);

/**
 * The same values without anything between them: other people's products may count what lies in unused quarters. A
 * copy on WebGL where there are such quarters, else `x` itself.
 */
export const withoutRemains = <T extends tf.Tensor>(x: T): T =>
  // Tiling is an operation on unpacked textures, which have an element a texel.
  isPacked() && hasRemains(x) && x.size > 0
    ? (tf.tile(
        x,
        x.shape.map(() => 1),
      ) as T)
    : x;
