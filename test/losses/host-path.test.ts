import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../src/losses/host-path.js';
import {
  cosentEmbeddingLoss,
  cosentLoss,
  infoNceLoss,
  learnableTemperature,
} from '../../src/losses/index.js';
import { useBackend } from '../support/backends.js';
import { randomDifference } from '../support/random-losses.js';

/** Names of the kernels that a function runs. */
const kernelsOf = async (run: () => tf.Tensor | tf.Tensor[]): Promise<string[]> => {
  const { kernels, result } = await tf.profile(run);
  tf.dispose(result as unknown as tf.Tensor);
  // Scopes are listed as well: kernels have capital letters.
  return kernels.map(({ name }) => name).filter((name) => /^[A-Z]/.test(name));
};

const scores = Float32Array.of(0.2, 0.9, -0.4, 0.1, 0.5);
const labels = [0.3, 0.1, 0.9, 0.3, 0.2];
const queries = [
  [0.3, -0.5, 0.2],
  [0.6, 0.1, -0.7],
];
const documents = [
  [0.1, -0.4, 0.5],
  [-0.2, 0.3, 0.6],
  [0.5, 0.5, -0.1],
];

describe('losses on host arrays, seen from tensors', () => {
  beforeAll(() => useBackend('cpu'));
  afterEach(() => {
    hostPath.enabled = true;
  });

  it('equal the losses on tensors for any mix of options', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { name, difference } = randomDifference(seed);
      expect(difference, `${name}, seed ${seed}`).toBeLessThan(1e-4);
    }
  });

  it('run no kernel, value and gradient', async () => {
    const kernels = await kernelsOf(() => {
      const { value, grads } = tf.valueAndGrads((s) => cosentLoss(s as tf.Tensor1D, labels))([
        tf.tensor1d(scores),
      ]);
      return [value, ...grads];
    });
    expect(kernels).toEqual([]);
    const ofInfoNce = await kernelsOf(() => {
      const { value, grads } = tf.valueAndGrads((q, d) =>
        infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, { positives: [0, 1] }),
      )([tf.tensor2d(queries), tf.tensor2d(documents)]);
      return [value, ...grads];
    });
    expect(ofInfoNce).toEqual([]);
    hostPath.enabled = false;
    expect((await kernelsOf(() => cosentLoss(tf.tensor1d(scores), labels))).length).toBeGreaterThan(10);
  });

  it('multiply by the gradient that comes in', () => {
    const gradientOf = (factor: number) =>
      tf
        .grad((s) => tf.mul(cosentLoss(s as tf.Tensor1D, labels), factor))(tf.tensor1d(scores))
        .dataSync();
    const [once, thrice] = [gradientOf(1), gradientOf(-3)];
    expect(Math.max(...once.map(Math.abs))).toBeGreaterThan(0.1);
    expect(Array.from(thrice)).toEqual(Array.from(once, (pull) => Math.fround(pull * -3)));
  });

  it('are left to the tensors within a second tape', async () => {
    const outer = tf.grad((s) =>
      tf.sum(tf.square(tf.grad((x) => tf.square(cosentLoss(x as tf.Tensor1D, labels)))(s))),
    );
    const kernels = await kernelsOf(() => outer(tf.tensor1d(scores)));
    expect(kernels).toContain('Exp');
  });

  it('are left to the tensors without a reduction', async () => {
    const perAnchor = () => infoNceLoss(tf.tensor2d(queries), tf.tensor2d(documents), { reduction: 'none' });
    expect((await kernelsOf(perAnchor)).length).toBeGreaterThan(0);
  });

  it('train a temperature', () => {
    const temperature = learnableTemperature({ initial: 0.2 });
    const gradientOf = () => {
      const { value, grads } = tf.variableGrads(
        () =>
          tf.add(
            cosentLoss(tf.tensor1d(scores), labels, { temperature: temperature.value() }),
            infoNceLoss(tf.tensor2d(queries), tf.tensor2d(documents), { temperature: temperature.value() }),
          ) as tf.Scalar,
        [temperature.variable],
      );
      return [value.dataSync()[0]!, grads[temperature.variable.name]!.dataSync()[0]!];
    };
    const [value, gradient] = gradientOf();
    hostPath.enabled = false;
    const [expected, expectedGradient] = gradientOf();
    expect(value).toBeCloseTo(expected!, 4);
    expect(Math.abs(expectedGradient!)).toBeGreaterThan(0.1);
    expect(gradient).toBeCloseTo(expectedGradient!, 3);
    temperature.variable.dispose();
  });

  it('leave no tensor behind where only the value is wanted', () => {
    const before = tf.memory().numTensors;
    const loss = tf.tidy(() => cosentEmbeddingLoss(tf.tensor2d(queries), tf.tensor2d(queries), [1, 0]));
    loss.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
