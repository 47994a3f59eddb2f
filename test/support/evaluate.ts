import * as tf from '@tensorflow/tfjs';

/** A loss and its gradients as host arrays. */
export interface Evaluated {
  readonly value: number;
  readonly gradients: number[][];
}

/**
 * Value and gradient of `loss` at `inputs`; throws when a tensor is left behind on the device.
 */
export const evaluate = async (
  loss: (...inputs: tf.Tensor[]) => tf.Scalar,
  inputs: readonly tf.TensorLike[],
): Promise<Evaluated> => {
  const before = tf.memory().numTensors;
  const tensors = inputs.map((input) => tf.tensor(input, undefined, 'float32'));
  const { value, grads } = tf.valueAndGrads(loss as (...args: tf.Tensor[]) => tf.Scalar)(tensors);
  const result = {
    value: (await value.data())[0]!,
    gradients: await Promise.all(grads.map(async (grad) => Array.from(await grad.data()))),
  };
  tf.dispose([value, ...grads, ...tensors]);
  const leaked = tf.memory().numTensors - before;
  if (leaked !== 0) throw new Error(`${leaked} tensors were left behind`);
  return result;
};

/** The largest |a − b| / max(1, |b|): absolute for small numbers, relative for large ones. */
export const worstDifference = (actual: ArrayLike<number>, expected: ArrayLike<number>): number => {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values against ${expected.length}`);
  let worst = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!) / Math.max(1, Math.abs(expected[i]!));
    worst = Math.max(worst, difference);
  }
  return worst;
};
