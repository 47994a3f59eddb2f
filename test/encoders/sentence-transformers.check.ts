import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  encodeTexts,
  StaticEncoder,
  TransformerEncoder,
  type TransformerOptions,
} from '../../src/encoders/index.js';
import { trainOasis } from '../../src/training/index.js';
import { useBackend } from '../support/backends.js';
import { toyTask } from '../training/toy-task.js';

const python = process.env.OASIS_PYTHON ?? 'python3';
const fixture = (...path: string[]) => join(import.meta.dirname, 'fixtures', ...path);
const texts = [
  'sorts a list of numbers',
  'def quick_sort(xs):\n    return [*quick_sort(xs[1:]), xs[0]]',
  'naïve café 数据排序 🚀',
  'one two three four five six seven eight nine ten '.repeat(5),
];

/** Moves every weight, as training does. */
const disturb = (encoder: TransformerEncoder) => {
  encoder.variables.forEach((variable, k) => {
    tf.tidy(() => variable.assign(tf.add(variable, tf.mul(tf.sin(tf.add(tf.mul(variable, 50), k)), 0.05))));
  });
};

type Role = 'query' | 'document';

interface Saved {
  readonly folder: string;
  readonly adapter: string | null;
  readonly ours: Readonly<Record<Role, Float32Array>>;
}

const FAMILIES = ['bert', 'roberta', 'qwen2'] as const;
const prompts = { queryPrompt: 'find: ', documentPrompt: 'code:\n' };
const OPTIONS: Readonly<Record<(typeof FAMILIES)[number], TransformerOptions>> = {
  bert: { ...prompts, pooling: 'mean', maximumLength: 24 },
  roberta: { queryPrompt: '', documentPrompt: '', pooling: 'first' },
  qwen2: { ...prompts, pooling: 'last', maximumLength: 32 },
};

const embedded = async (encoder: TransformerEncoder) => ({
  query: (await encoder.embed(texts, { role: 'query' })).data,
  document: (await encoder.embed(texts, { role: 'document' })).data,
});

/** Trains (by a stand-in for a step), saves and embeds. */
const saveDisturbed = async (encoder: TransformerEncoder, folder: string): Promise<Saved> => {
  disturb(encoder);
  await encoder.save(folder);
  const ours = await embedded(encoder);
  encoder.dispose();
  return { folder, adapter: null, ours };
};

const saveAdapted = async (family: string, scratch: string): Promise<Saved> => {
  const [folder, adapter] = [join(scratch, `${family}-base`), join(scratch, `${family}-adapter`)];
  const base = await TransformerEncoder.load(fixture(family), { queryPrompt: '', documentPrompt: '' });
  await base.save(folder);
  base.dispose();
  const encoder = await TransformerEncoder.load(folder, { lora: { rank: 3, targets: 'all-linear' } });
  encoder.variables.forEach((variable, k) => {
    tf.tidy(() => {
      const values = tf.mul(tf.sin(tf.add(tf.range(0, variable.size), k)), 0.2);
      variable.assign(tf.reshape(values, variable.shape));
    });
  });
  await encoder.saveAdapter(adapter);
  const ours = await embedded(encoder);
  encoder.dispose();
  return { folder, adapter, ours };
};

const { dataset } = toyTask();
/** The training pairs themselves: whatever is learned is seen. */
const seen = { ...dataset, relevant: dataset.queries.map((_, i) => i) };

/** The best model of a training of low-rank updates in worker threads: merged as best/, and as an adapter of its base. */
const trainUpdates = async (scratch: string): Promise<[merged: Saved, apart: Saved]> => {
  const [base, checkpoints, adapter] = ['lora-base', 'lora', 'lora-adapter'].map((name) =>
    join(scratch, name),
  );
  const plain = await TransformerEncoder.load(fixture('qwen2'), { queryPrompt: '', documentPrompt: '' });
  await plain.save(base!);
  plain.dispose();
  const encoder = await TransformerEncoder.load(base!, {
    frozenLayers: 1,
    lora: { rank: 3, alpha: 5, targets: 'all-linear' },
  });
  const { best } = await trainOasis(encoder, dataset, {
    epochs: 6,
    batchQueries: 12,
    learningRate: 0.02,
    warmUpSteps: 0,
    workers: 2,
    chunkSize: 6,
    validation: seen,
    checkpointDirectory: checkpoints!,
  });
  if (best!.step === 0) throw new Error('the training must find a better model than the one it starts from');
  await encoder.saveAdapter(adapter!);
  const ours = await embedded(encoder);
  encoder.dispose();
  return [
    { folder: join(checkpoints!, 'best'), adapter: null, ours },
    { folder: base!, adapter: adapter!, ours },
  ];
};

/** A run of oasis-full that trains low-rank updates of a checkpoint: its model/ and its adapter/. */
const runPipeline = async (scratch: string): Promise<[merged: Saved, apart: Saved]> => {
  const root = join(import.meta.dirname, '../..');
  const [base, out] = [join(scratch, 'pipeline-base'), join(scratch, 'pipeline')];
  const plain = await TransformerEncoder.load(fixture('bert'), { queryPrompt: '', documentPrompt: '' });
  await plain.save(base);
  plain.dispose();
  const repository = ['node_modules', 'examples/oasis-full/node_modules']
    .map((folder) => join(root, folder, 'simple-statistics/src'))
    .find((path) => existsSync(path))!;
  execFileSync(
    process.execPath,
    [
      ...['--import', 'tsx', 'examples/oasis-full/cli.ts', '--repos', repository, '--out', out],
      ...['--encoder', base, '--lora-rank', '2', '--lora-targets', 'all-linear', '--batch-queries', '16'],
      ...['--epochs', '1', '--learning-rate', '0.01', '--label-dimensions', '16', '--threshold', '0.9'],
    ],
    { cwd: root, stdio: 'ignore' },
  );
  const encoder = await TransformerEncoder.load(join(out, 'model'), { frozenLayers: 'all' });
  const ours = await embedded(encoder);
  encoder.dispose();
  return [
    { folder: join(out, 'model'), adapter: null, ours },
    { folder: base, adapter: join(out, 'adapter'), ours },
  ];
};

/** Token vectors started from the model of a folder. */
const saveStatic = async (base: string, folder: string): Promise<Saved> => {
  const model = await TransformerEncoder.load(base);
  const source = { name: 'random', embed: (some: readonly string[]) => model.embed(some) };
  const encoder = await StaticEncoder.fromModel(source, base, texts, { dimensions: 16 });
  await encoder.save(folder);
  const { data } = await encodeTexts(encoder, texts, 'document');
  model.dispose();
  encoder.dispose();
  return { folder, adapter: null, ours: { query: data, document: data } };
};

const TRAINED = [
  'the best model of a training of low-rank updates',
  'the adapter of that training, through PEFT',
  'the model of a run of oasis-full with low-rank updates',
  'the adapter of that run, through PEFT',
] as const;

describe('a saved model, loaded by sentence-transformers, gives the same embeddings', () => {
  let scratch = '';
  const saved = new Map<string, Saved>();
  const theirs = new Map<string, Record<Role, number[][]>>();
  beforeAll(async () => {
    await useBackend('wasm');
    scratch = await mkdtemp(join(tmpdir(), 'saved-'));
    for (const family of FAMILIES) {
      const encoder = await TransformerEncoder.load(fixture(family), OPTIONS[family]);
      saved.set(family, await saveDisturbed(encoder, join(scratch, family)));
      saved.set(`${family} with low-rank updates, through PEFT`, await saveAdapted(family, scratch));
    }
    const trained = [...(await trainUpdates(scratch)), ...(await runPipeline(scratch))];
    TRAINED.forEach((name, i) => {
      saved.set(name, trained[i]!);
    });
    const size = { hiddenSize: 32, heads: 2, vocabularySize: 200, maximumLength: 40 };
    saved.set(
      'random weights with an own tokenizer',
      await saveDisturbed(TransformerEncoder.random({ texts, ...size }), join(scratch, 'random')),
    );
    saved.set('a static encoder', await saveStatic(join(scratch, 'random'), join(scratch, 'static')));
    // One process for all: Python takes longest to start.
    const request = join(scratch, 'request.json');
    await writeFile(request, JSON.stringify({ texts, models: [...saved.values()] }));
    const output = execFileSync(python, [join(import.meta.dirname, 'golden', 'embed.py'), request], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const answers = JSON.parse(output.trim().split('\n').at(-1)!) as Record<Role, number[][]>[];
    [...saved.keys()].forEach((name, i) => {
      theirs.set(name, answers[i]!);
    });
  });
  afterAll(() => rm(scratch, { recursive: true }));

  it.each([
    ...FAMILIES,
    ...FAMILIES.map((family) => `${family} with low-rank updates, through PEFT`),
    ...TRAINED,
    'random weights with an own tokenizer',
    'a static encoder',
  ])('%s', (name) => {
    for (const role of ['query', 'document'] as const) {
      const { ours } = saved.get(name)!;
      const differences = theirs
        .get(name)!
        [role].flat()
        .map((value, i) => Math.abs(value - ours[role][i]!));
      expect(differences.length).toBe(ours[role].length);
      expect(Math.max(...differences), role).toBeLessThan(1e-4);
    }
  });
});
