import * as tf from '@tensorflow/tfjs';
import type { DenseMatrix } from '../../src/losses/host/index.js';
import { hostPath } from '../../src/losses/host-path.js';
import { type Evaluated, worstDifference } from './evaluate.js';

/** Value and gradients of a loss of tensors by one of its two paths; throws when a tensor is left behind. */
export const evaluateOn = (
  path: 'host' | 'tensors',
  loss: (...inputs: tf.Tensor[]) => tf.Scalar,
  inputs: readonly (DenseMatrix | Float32Array | number)[],
): Evaluated => {
  const before = tf.memory().numTensors;
  const enabled = hostPath.enabled;
  hostPath.enabled = path === 'host';
  try {
    const result = tf.tidy(() => {
      const tensors = inputs.map((input) =>
        typeof input === 'number'
          ? tf.scalar(input)
          : input instanceof Float32Array
            ? tf.tensor1d(input)
            : tf.tensor2d(input.data, [input.rows, input.columns]),
      );
      // A loss that compares nothing does not depend on its temperature, of which TensorFlow.js would complain.
      const connected = (...args: tf.Tensor[]) =>
        tf.addN([loss(...args), ...args.map((arg) => tf.mul(tf.sum(arg), 0))]) as tf.Scalar;
      const { value, grads } = tf.valueAndGrads(connected)(tensors);
      return { value: value.dataSync()[0]!, gradients: grads.map((grad) => Array.from(grad.dataSync())) };
    });
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw new Error(`${left} tensors were left behind`);
    return result;
  } finally {
    hostPath.enabled = enabled;
  }
};

/** How far two results are apart: the value by itself, gradients by the largest entry of all. */
export const distance = (one: Evaluated, other: Evaluated): number => {
  const largest = Math.max(1, ...other.gradients.flat().map(Math.abs));
  const scaled = ({ gradients }: Evaluated) => gradients.flat().map((pull) => pull / largest);
  return Math.max(
    worstDifference([one.value], [other.value]),
    one.gradients.length === 0 ? 0 : worstDifference(scaled(one), scaled(other)),
  );
};
