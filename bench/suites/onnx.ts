import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { oasisValueAndGradients } from '../../src/losses/host/index.js';
import {
  type EmbeddingLoss,
  OnnxEncoder,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';
import { syntheticPairs } from '../inputs/synthetic-pairs.js';
import { type Suite, work } from '../runner/suite.js';

/** all-MiniLM-L6-v2's shape, with random weights. */
const SHAPE = { layers: 6, hiddenSize: 384, heads: 12, maximumLength: 128, vocabularySize: 30_522 };
const PAIRS = 16;

/** A folder with such a model, the same in every process; kept for the next run. */
const modelFolder = async (): Promise<string> => {
  const folder = join(tmpdir(), 'oasis-embed-bench', 'minilm-shape');
  if (!existsSync(folder)) {
    await tf.setBackend('cpu');
    const { documents } = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
    const encoder = TransformerEncoder.random({ ...SHAPE, texts: documents, seed: 1 });
    await encoder.save(folder);
    encoder.dispose();
  }
  return folder;
};

/** Texts of as many tokens as the model takes, special ones included. */
const longTexts = (count: number): string[] =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: 400 }, (_, j) => (i * 31 + j * 7) % 10).join(' '),
  );

const rows = Array.from({ length: PAIRS }, (_, i) => i);
const pairs = {
  query: Uint32Array.from(rows),
  document: Uint32Array.from(rows),
  similarity: Float32Array.from(rows, (i) => 0.5 + i / 100),
  positive: new Uint8Array(PAIRS).fill(1),
};

/** InfoNCE and CoSENT between the first and the second half of the rows. */
const loss: EmbeddingLoss = ({ data, columns }) => {
  const border = PAIRS * columns;
  const half = (values: Float32Array) => ({ data: values, rows: PAIRS, columns });
  const { value, gradients } = oasisValueAndGradients(
    half(data.subarray(0, border)),
    half(data.subarray(border)),
    pairs,
  );
  const gradient = new Float32Array(data.length);
  gradient.set(gradients[0].data);
  gradient.set(gradients[1].data, border);
  return { value, gradient };
};

const training = async (folder: string, options: OnnxTrainerOptions) => {
  const encoder = await OnnxEncoder.load(folder);
  const trainer = await OnnxTrainer.create(encoder, options);
  const tokens = encoder.tokenize(longTexts(2 * PAIRS), 'document');
  return {
    run: () => trainer.step(tokens, loss, 1e-4),
    outcome: () => [],
    async close() {
      await trainer.close();
      await encoder.close();
    },
  };
};

const STEP = {
  sizes: [{ label: `${2 * PAIRS} texts × 128 tokens`, value: PAIRS }],
  input: modelFolder,
  share: () => ({
    pairs: PAIRS,
    tokens: SHAPE.maximumLength,
    layers: SHAPE.layers,
    width: SHAPE.hiddenSize,
    heads: SHAPE.heads,
    vocabulary: SHAPE.vocabularySize,
  }),
  tolerance: 0,
  note: 'Weights are random on both sides: the same shapes, tokens, losses and optimizer.',
};

export const onnx: Suite = {
  room: 'onnx',
  works: [
    work({
      name: 'training-step',
      title: "A whole training step at MiniLM's shape on the native engine: 6 layers, 384 wide, AdamW",
      ...STEP,
      contenders: [
        { name: 'OnnxTrainer.step', prepare: (folder) => training(folder, {}) },
        { name: 'BertModel', module: 'transformer_step', package: 'transformers' },
      ],
    }),
    work({
      name: 'embed',
      title: "Embedding functions at MiniLM's shape on the native engine",
      sizes: [{ label: '64 functions', value: 64 }],
      async input(count) {
        const { documents } = syntheticPairs({ pairs: 2000, negatives: 6, seed: 1 });
        return { folder: await modelFolder(), texts: documents.slice(0, count) };
      },
      share: ({ folder, texts }) => ({ folder, texts }),
      tolerance: 1e-3,
      note: 'The same weights and texts; outcomes are the vectors of the first text.',
      contenders: [
        {
          name: 'OnnxEncoder.embed',
          async prepare({ folder, texts }) {
            const encoder = await OnnxEncoder.load(folder);
            return {
              run: () => encoder.embed(texts),
              outcome: ({ data, columns }: { data: Float32Array; columns: number }) => [
                ...data.subarray(0, columns),
              ],
              close: () => encoder.close(),
            };
          },
        },
        { name: 'SentenceTransformer.encode', module: 'sentence_embed', package: 'sentence-transformers' },
      ],
    }),
  ],
};
