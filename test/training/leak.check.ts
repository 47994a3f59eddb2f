import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { trainOasis } from '../../src/training/index.js';
import { useBackend } from '../support/backends.js';
import { toyTask } from './toy-task.js';

it('1,000 steps of a transformer leave no tensor and no memory behind on wasm', async () => {
  await useBackend('wasm');
  const { dataset } = toyTask();
  const encoder = TransformerEncoder.random({
    texts: [...dataset.queries, ...dataset.documents],
    hiddenSize: 16,
    layers: 2,
    heads: 2,
    vocabularySize: 128,
    maximumLength: 16,
  });
  const before = tf.memory().numTensors;
  const seen = new Set<string>();
  const { steps } = await trainOasis(encoder, dataset, {
    epochs: 200,
    batchQueries: 8,
    negativesPerQuery: 2,
    learningRate: 1e-4,
    onStep: ({ step }) => {
      if (step > 0) seen.add(`${tf.memory().numTensors} tensors, ${tf.memory().numBytes} bytes`);
    },
  });
  expect(steps).toHaveLength(1000);
  expect([...seen]).toHaveLength(1);
  expect(tf.memory().numTensors).toBe(before);
  encoder.dispose();
});
