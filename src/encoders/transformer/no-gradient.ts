import type * as tf from '@tensorflow/tfjs';
import { customGradient } from '../../numerics/tensors/index.js';

/** Computes without recording: what is frozen keeps nothing for a backward pass. */
export const withoutGradient = <T extends tf.Tensor>(compute: () => T): T =>
  customGradient<T>([], () => ({ value: compute(), saved: [], gradient: () => [] }));
