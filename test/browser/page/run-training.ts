import * as tf from '@tensorflow/tfjs';
import { cachedGradients, infoNceLoss } from '../../../src/losses/index.js';
import { createAdamW } from '../../../src/training/index.js';

const wave = (count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(step * (i + 1)));

const ROWS = 7;

/** Two dense layers by TensorFlow.js's own operations, whose gradients multiply what the loss hands them. */
const network = (layers: readonly tf.Tensor[], x: tf.Tensor2D): tf.Tensor2D => {
  const [first, bias, second] = layers as [tf.Tensor2D, tf.Tensor1D, tf.Tensor2D];
  return tf.matMul(tf.tanh(tf.add(tf.matMul(x, first), bias)) as tf.Tensor2D, second);
};

interface Gradients {
  readonly weights: number[][];
}

const gradientsOn = async (chunked: boolean): Promise<Gradients> => {
  const layers = [
    tf.variable(tf.tensor2d(wave(5 * 6, 0.7), [5, 6])),
    tf.variable(tf.tensor1d(wave(6, 1.3))),
    tf.variable(tf.tensor2d(wave(6 * 4, 2.1), [6, 4])),
  ];
  const sides = {
    queries: tf.tensor2d(wave(ROWS * 5, 0.31), [ROWS, 5]),
    documents: tf.tensor2d(wave(ROWS * 5, 0.57), [ROWS, 5]),
  };
  const loss = (queries: tf.Tensor2D, documents: tf.Tensor2D) =>
    infoNceLoss(queries, documents, { temperature: 0.5, directions: 'all' });
  const { value, grads } = chunked
    ? cachedGradients(
        (_, from, to, side) => network(layers, tf.slice2d(sides[side], [from, 0], [to - from, 5])),
        { queries: wave(ROWS, 1), documents: wave(ROWS, 1) },
        ({ queries, documents }) => loss(queries, documents),
        { chunkSize: 3, variables: layers },
      )
    : tf.variableGrads(() => loss(network(layers, sides.queries), network(layers, sides.documents)), layers);
  const weights = await Promise.all(layers.map(async ({ name }) => [...(await grads[name]!.data())]));
  tf.dispose([value, grads, layers, sides]);
  return { weights };
};

const farthest = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, value, i) => {
    const far = Math.abs(value - b[i]!) / (1 + Math.abs(b[i]!));
    return Number.isNaN(far) ? Infinity : Math.max(most, far);
  }, 0);

const updatedWeights = async (): Promise<number[][]> => {
  const variables = [
    tf.variable(tf.tensor2d(wave(15, 0.9), [3, 5])),
    tf.variable(tf.tensor1d(wave(3, 1.7))),
    tf.variable(tf.tensor2d(wave(7, 2.3), [7, 1])),
  ];
  const optimizer = createAdamW(variables);
  for (let step = 1; step <= 5; step++) {
    const gradients = variables.map((variable, i) =>
      tf.tensor(
        wave(variable.size, 0.1 * step + i).map((g) => g / 8),
        variable.shape,
      ),
    );
    optimizer.update(gradients, 0.05, step, 1);
    tf.dispose(gradients);
  }
  const found = await Promise.all(variables.map(async (variable) => [...(await variable.data())]));
  optimizer.dispose();
  tf.dispose(variables);
  return found;
};

/** How far the page's backend is from the plain one: a network's gradients, whole and by chunks, and AdamW's weights. */
export const runTraining = async () => {
  const backend = tf.getBackend();
  const found = [await gradientsOn(false), await gradientsOn(true)];
  const weights = await updatedWeights();
  await tf.setBackend('cpu');
  const expected = await gradientsOn(false);
  const plain = await updatedWeights();
  await tf.setBackend(backend);
  return {
    network: found.flatMap(({ weights: own }) => own.map((one, i) => farthest(one, expected.weights[i]!))),
    updated: weights.map((one, i) => farthest(one, plain[i]!)),
  };
};
