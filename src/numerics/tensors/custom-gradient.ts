import * as tf from '@tensorflow/tfjs';

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
 * disposed at once, and those it names in `saved` live until the backward pass.
 */
export const customGradient = <Y extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  compute: () => Differentiable<Y>,
): Y =>
  tf.customGrad((...received) => {
    const save = received.at(-1) as unknown as (tensors: tf.Tensor[]) => void;
    const { value, saved, gradient } = compute();
    save([...saved]);
    return { value, gradFunc: (dy, kept) => gradient(dy as Y, kept) };
  })(...inputs) as Y;
