import { join } from 'node:path';
import { afterAll } from 'vitest';
import {
  type EmbeddingLoss,
  OnnxEncoder,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';

export const bertFolder = join(import.meta.dirname, '../encoders/fixtures/bert');

export const bertTexts = [
  'sorts a list',
  'quick sort of numbers',
  'reads a file',
  'x',
  'f(x) = x',
  'one two three four',
];

/** A fixed direction for every embedding. */
export const fixedDirection: EmbeddingLoss = ({ data }) => {
  const gradient = data.map((_, i) => Math.sin(i + 1));
  return { value: data.reduce((sum, x, i) => sum + x * gradient[i]!, 0), gradient };
};

/** Starts trainers of the small BERT, which are closed when the tests of the block have run. */
export const useBertTrainers = () => {
  const opened: { close(): Promise<void> }[] = [];
  afterAll(async () => {
    for (const item of opened) await item.close();
  });
  return async (options: OnnxTrainerOptions, tokensPerPass = 4096) => {
    const encoder = await OnnxEncoder.load(bertFolder, { tokensPerPass, threads: 1 });
    const trainer = await OnnxTrainer.create(encoder, options);
    opened.push(trainer, encoder);
    return { encoder, trainer, tokens: encoder.tokenize(bertTexts, 'document') };
  };
};
