import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { oasisValueAndGradients } from '../../src/losses/host/index.js';
import {
  type EmbeddingLoss,
  OnnxEncoder,
  OnnxTrainer,
  type OnnxTrainerOptions,
} from '../../src/onnx/index.js';
import { MODEL_SHAPES, shapeFolder } from '../inputs/model-shapes.js';
import { realFunctions } from '../inputs/real-functions.js';
import { type PythonContender, type Suite, type Work, work } from '../runner/suite.js';

/** all-MiniLM-L6-v2's shape, with random weights. */
const SHAPE = { layers: 6, hiddenSize: 384, heads: 12, maximumLength: 128, vocabularySize: 30_522 };
const PAIRS = 16;
const TOKENS = 128;

/** A folder with such a model and a vocabulary of real code, the same in every process; kept for the next run. */
const codeModelFolder = async (): Promise<string> => {
  const folder = join(tmpdir(), 'oasis-embed-bench', 'minilm-of-code');
  if (!existsSync(folder)) {
    await tf.setBackend('cpu');
    const made = TransformerEncoder.random({ ...SHAPE, texts: await realFunctions(2000), seed: 1 });
    const plain = `${folder}-plain`;
    await made.save(plain);
    made.dispose();
    const encoder = await OnnxEncoder.load(plain);
    await encoder.save(folder, { onnx: true });
    await encoder.close();
  }
  return folder;
};

/** all-MiniLM-L6-v2 where OASIS_MODELS names a folder with it, with an ONNX file; else random weights of its shape. */
const miniLmFolder = async (): Promise<string> => {
  const models = process.env.OASIS_MODELS;
  if (models === undefined) return codeModelFolder();
  const folder = join(tmpdir(), 'oasis-embed-bench', 'minilm-published');
  if (!existsSync(folder)) {
    const encoder = await OnnxEncoder.load(join(models, 'all-MiniLM-L6-v2'));
    await encoder.save(folder, { onnx: true });
    await encoder.close();
  }
  return folder;
};

/** 10,000 functions; kept for the next run, since reading them takes longer than embedding some. */
const manyFunctions = async (): Promise<string[]> => {
  const file = join(tmpdir(), 'oasis-embed-bench', 'functions.json');
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(await realFunctions(10_000)));
  }
  return JSON.parse(readFileSync(file, 'utf8')) as string[];
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

const training = async (folder: string, texts: readonly string[], options: OnnxTrainerOptions = {}) => {
  const encoder = await OnnxEncoder.load(folder, { maximumLength: TOKENS });
  const trainer = await OnnxTrainer.create(encoder, options);
  const tokens = encoder.tokenize(texts, 'document');
  return {
    run: () => trainer.step(tokens, loss, 1e-4),
    outcome: () => [],
    async close() {
      await trainer.close();
      await encoder.close();
    },
  };
};

const RANDOM = 'Weights are random on both sides: the same shapes, tokens, losses and optimizer.';

const SHAPES: Work<string>['sizes'] = [
  { label: `MiniLM, ${2 * PAIRS} texts × ${TOKENS} tokens`, value: 'minilm' },
  { label: 'mpnet-base, the same texts', value: 'mpnet', slow: true },
  { label: 'Qwen3-0.6B, the same texts', value: 'qwen3-0.6b', slow: true },
];

/** A step of 32 texts, all of them as long as the model takes. */
const step = (name: string, title: string, rival: PythonContender, options: OnnxTrainerOptions = {}) =>
  work({
    name,
    title,
    sizes: SHAPES,
    input: async (shape) => ({ shape, folder: await shapeFolder(shape) }),
    share: ({ shape }) => ({
      pairs: PAIRS,
      tokens: TOKENS,
      config: JSON.stringify(MODEL_SHAPES[shape]),
      ...(options.lora === undefined ? {} : { lora: options.lora.rank! }),
    }),
    tolerance: 0,
    note: RANDOM,
    contenders: [
      {
        name: 'OnnxTrainer.step',
        prepare: ({ folder }) => training(folder, longTexts(2 * PAIRS), options),
      },
      rival,
    ],
  });

export const onnx: Suite = {
  room: 'onnx',
  works: [
    step('training-step', "A whole training step at published models' shapes on the native engine, AdamW", {
      name: 'PyTorch',
      module: 'transformer_step',
      package: 'transformers',
    }),
    step(
      'lora-step',
      "A training step of updates of rank 8 at published models' shapes",
      { name: 'PEFT', module: 'transformer_step', package: 'peft' },
      { lora: { rank: 8 } },
    ),
    work({
      name: 'embed-shapes',
      title: "Embedding at published models' shapes on the native engine",
      sizes: SHAPES,
      input: async (shape) => ({ shape, folder: await shapeFolder(shape) }),
      share: ({ shape }) => ({
        texts: 2 * PAIRS,
        tokens: TOKENS,
        config: JSON.stringify(MODEL_SHAPES[shape]),
      }),
      tolerance: 0,
      note: 'Weights are random on both sides: the same shapes and tokens. Outcomes are the numbers of rows and columns.',
      contenders: [
        {
          name: 'OnnxEncoder.encode',
          async prepare({ folder }) {
            const encoder = await OnnxEncoder.load(folder, { maximumLength: TOKENS });
            const tokens = encoder.tokenize(longTexts(2 * PAIRS), 'document');
            return {
              run: () => encoder.encode(tokens),
              outcome: ({ rows: count, columns }: { rows: number; columns: number }) => [count, columns],
              close: () => encoder.close(),
            };
          },
        },
        { name: 'PyTorch', module: 'transformer_embed', package: 'transformers' },
      ],
    }),
    work({
      name: 'mixed-step',
      title: "A training step over functions of mixed length at MiniLM's shape",
      sizes: [{ label: `${2 * PAIRS} functions of at most ${TOKENS} tokens`, value: 2 * PAIRS }],
      async input(count) {
        const functions = await realFunctions(2000);
        const texts = Array.from({ length: count }, (_, i) => functions[i * 61]!);
        return { folder: await codeModelFolder(), texts };
      },
      share: ({ folder, texts }) => ({ folder, texts }),
      tolerance: 0,
      note: 'The same weights and texts, both sides without dropout; tokens are made outside the timing.',
      contenders: [
        { name: 'OnnxTrainer.step', prepare: ({ folder, texts }) => training(folder, texts) },
        {
          name: 'SentenceTransformerTrainer',
          module: 'sentence_trainer_step',
          package: 'sentence-transformers',
        },
      ],
    }),
    work({
      name: 'embed',
      title: 'Embedding real functions with MiniLM on the native engine',
      sizes: [
        { label: '200 functions, every 50th of 10,000', value: 200 },
        { label: '10,000 functions', value: 10_000, slow: true as const },
      ],
      async input(count) {
        const all = await manyFunctions();
        const texts = Array.from({ length: count }, (_, i) => all[i * (all.length / count)]!);
        return { folder: await miniLmFolder(), texts };
      },
      share: ({ folder, texts }) => ({ folder, texts }),
      tolerance: 1e-3,
      note: 'The same weights (all-MiniLM-L6-v2 where OASIS_MODELS names it) and texts; outcomes are the vectors of the first text.',
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
        { name: 'InferenceSession', module: 'onnxruntime_embed', package: 'onnxruntime' },
        { name: 'SentenceTransformer.encode', module: 'sentence_embed', package: 'sentence-transformers' },
      ],
    }),
  ],
};
