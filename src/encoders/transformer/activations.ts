import * as tf from '@tensorflow/tfjs';
import { customGradient, wasmLayers } from '../../numerics/tensors/index.js';
import type { Activation } from '../description/index.js';

/** x · Φ(x), Φ the normal distribution function. */
const gelu = (x: tf.Tensor2D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x], () => {
    const layers = wasmLayers();
    if (layers !== null) {
      return {
        value: layers.gelu(x),
        saved: [x],
        gradient: (dy, [input]) => [layers.geluGradient(dy, input as tf.Tensor2D)],
      };
    }
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    return {
      value: tf.mul(x, cdf) as tf.Tensor2D,
      saved: [x, cdf],
      gradient: (dy, [input, phi]) => {
        const density = tf.mul(tf.exp(tf.mul(tf.square(input!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return [tf.mul(dy, tf.add(phi!, tf.mul(input!, density)))];
      },
    };
  });

const TANH_SCALE = Math.sqrt(2 / Math.PI);
const TANH_CUBIC = 0.044715;

/** ½x · (1 + tanh(√(2/π) · (x + 0.044715x³))) */
const geluTanh = (x: tf.Tensor2D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x], () => {
    const inner = tf.mul(tf.mul(x, TANH_SCALE), tf.add(tf.mul(tf.square(x), TANH_CUBIC), 1));
    const t = tf.tanh(inner);
    return {
      value: tf.mul(tf.mul(x, 0.5), tf.add(t, 1)) as tf.Tensor2D,
      saved: [x, t],
      gradient: (dy, [input, tanh]) => {
        const slope = tf.mul(tf.add(tf.mul(tf.square(input!), 3 * TANH_CUBIC), 1), TANH_SCALE);
        const bend = tf.mul(tf.mul(input!, slope), tf.sub(1, tf.square(tanh!)));
        return [tf.mul(dy, tf.mul(tf.add(tf.add(tanh!, 1), bend), 0.5))];
      },
    };
  });

/** dy · σ(x) · (1 + x · (1 − σ(x))), the gradient of x · σ(x). */
const siluGradient = (dy: tf.Tensor, x: tf.Tensor, sigma: tf.Tensor): tf.Tensor =>
  tf.mul(dy, tf.mul(sigma, tf.add(tf.mul(x, tf.sub(1, sigma)), 1)));

/** x · σ(x) */
const silu = (x: tf.Tensor2D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x], () => {
    const sigma = tf.sigmoid(x);
    return {
      value: tf.mul(x, sigma) as tf.Tensor2D,
      saved: [x, sigma],
      gradient: (dy, [input, s]) => [siluGradient(dy, input!, s!)],
    };
  });

const relu = (x: tf.Tensor2D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x], () => ({
    value: tf.relu(x),
    saved: [x],
    gradient: (dy, [input]) => [tf.mul(dy, tf.step(input!))],
  }));

const functions: Readonly<Record<Activation, (x: tf.Tensor2D) => tf.Tensor2D>> = {
  gelu,
  'gelu-tanh': geluTanh,
  relu,
  silu,
};

/** Applies an activation elementwise; x is [N, F]. */
export const activate = (x: tf.Tensor2D, activation: Activation): tf.Tensor2D => functions[activation](x);

/**
 * SwiGLU's product: silu(gate) · up, both halves of one matrix.
 *
 * @param x [N, 2F], the gates before the rest.
 * @returns [N, F]
 *
 * @see Shazeer, "GLU Variants Improve Transformer", 2020
 */
export const swiGlu = (x: tf.Tensor2D): tf.Tensor2D =>
  customGradient<tf.Tensor2D>([x], () => {
    const width = x.shape[1] / 2;
    const gate = tf.slice(x, [0, 0], [-1, width]);
    const up = tf.slice(x, [0, width], [-1, width]);
    const sigma = tf.sigmoid(gate);
    return {
      value: tf.mul(tf.mul(gate, sigma), up) as tf.Tensor2D,
      saved: [gate, up, sigma],
      gradient: (dy, [g, u, s]) => [
        tf.concat([siluGradient(tf.mul(dy, u!), g!, s!), tf.mul(dy, tf.mul(g!, s!))] as tf.Tensor2D[], 1),
      ],
    };
  });
