import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../numerics/index.js';
import { matMul } from '../../numerics/tensors/index.js';

/**
 * What maps the given vectors x to the learned ones:
 * `linear` x·W; `residual` x + x·W; `mlp` x + gelu(x·W₁ + b)·W₂.
 */
export type AdapterKind = 'linear' | 'residual' | 'mlp';

export interface HeadShape {
  readonly kind: AdapterKind;
  readonly inputs: number;
  readonly outputs: number;
  /** Width of the hidden layer of `mlp`. */
  readonly hidden: number;
}

/** Name and shape of each variable of a head. */
export const headVariables = ({ kind, inputs, outputs, hidden }: HeadShape): [string, number[]][] =>
  kind === 'mlp'
    ? [
        ['inner', [inputs, hidden]],
        ['inner_bias', [hidden]],
        ['outer', [hidden, outputs]],
      ]
    : [['weight', [inputs, outputs]]];

/** A square linear head starts at the identity, another at a random projection; the others change nothing at first. */
export const initialHead = (
  kind: AdapterKind,
  name: string,
  shape: readonly number[],
  seed: number,
): Float32Array => {
  const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
  const [rows, columns] = shape;
  if (kind === 'residual') return values;
  if (name === 'weight' && rows === columns) {
    for (let i = 0; i < rows!; i++) values[i * columns! + i] = 1;
  } else if (name === 'weight' || name === 'inner') {
    const random = createRandom(seed, name);
    for (let i = 0; i < values.length; i++) values[i] = random.normal() / Math.sqrt(rows!);
  }
  return values;
};

/**
 * @param x [N, inputs]
 * @returns [N, outputs]
 */
export const applyHead = (
  x: tf.Tensor2D,
  kind: AdapterKind,
  variable: (name: string) => tf.Tensor,
): tf.Tensor2D => {
  if (kind === 'linear') return matMul(x, variable('weight') as tf.Tensor2D);
  if (kind === 'residual') return tf.add(x, matMul(x, variable('weight') as tf.Tensor2D));
  const inner = tf.add(matMul(x, variable('inner') as tf.Tensor2D), variable('inner_bias'));
  const gate = tf.mul(tf.add(tf.erf(tf.mul(inner, Math.SQRT1_2)), 1), 0.5);
  return tf.add(x, matMul(tf.mul(inner, gate) as tf.Tensor2D, variable('outer') as tf.Tensor2D));
};
