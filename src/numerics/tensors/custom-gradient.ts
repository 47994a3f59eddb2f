import * as tf from '@tensorflow/tfjs';
import { isPacked, withoutRemains } from './web-gl.js';

/** A value with its hand-written gradient. */
export interface Differentiable<Y extends tf.Tensor> {
  readonly value: Y;
  /** Tensors the gradient needs again; kept by the engine until the gradient is done, then disposed. */
  readonly saved: readonly tf.Tensor[];
  /** One gradient for each input, in the order of the inputs. */
  readonly gradient: (dy: Y, saved: readonly tf.Tensor[]) => tf.Tensor[];
}

/**
 * tf.customGrad with types: nothing inside `compute` is recorded on the tape, its intermediate tensors are
 * disposed at once, and those it names in `saved` live until the backward pass. Gradients are handed on without remains
 * of packed textures, so that whatever product they meet next is right.
 */
export const customGradient = <Y extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  compute: () => Differentiable<Y>,
): Y =>
  tf.customGrad((...received) => {
    const save = received.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const { value, saved, gradient } = compute();
    save([...saved]);
    return { value, gradFunc: (dy, kept) => gradient(dy as Y, kept).map((part) => withoutRemains(part)) };
  })(...inputs) as Y;

/** `x`, whose gradient arrives without remains of packed textures, whatever operations it has passed. */
export const withCleanGradient = <T extends tf.Tensor>(x: T): T =>
  isPacked()
    ? customGradient<T>([x], () => ({ value: x.clone() as T, saved: [], gradient: (dy) => [dy] }))
    : x;
