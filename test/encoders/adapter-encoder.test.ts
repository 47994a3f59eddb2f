import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AdapterEncoder, type AdapterOptions } from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { trainOasis } from '../../src/training/index.js';
import { testBackends, useBackend } from '../support/backends.js';

const WIDTH = 12;

/** Pairs whose shared part lies in the first coordinates, below noise in the others. */
const toyTask = (pairs: number) => {
  const random = createRandom(3, 'toy');
  const meanings = Array.from({ length: pairs }, () => Array.from({ length: 4 }, () => random.normal()));
  const matrix = () => ({
    data: Float32Array.from(
      meanings.flatMap((meaning) => [
        ...meaning,
        ...Array.from({ length: WIDTH - 4 }, () => 2 * random.normal()),
      ]),
    ),
    rows: pairs,
    columns: WIDTH,
  });
  const named = (kind: string) => meanings.map((_, i) => `${kind} ${i}`);
  return {
    queries: { texts: named('query'), vectors: matrix() },
    documents: { texts: named('document'), vectors: matrix() },
  };
};

const meanReciprocal = async (encoder: AdapterEncoder, task: ReturnType<typeof toyTask>, from: number) => {
  const rows = Array.from({ length: task.queries.texts.length - from }, (_, i) => from + i);
  const vectors = (role: 'query' | 'document') =>
    encoder.encode(
      encoder.select(encoder.tokenize(task[role === 'query' ? 'queries' : 'documents'].texts, role), rows),
      role,
    );
  const scores: tf.Tensor2D = tf.tidy(() => tf.matMul(vectors('query'), vectors('document'), false, true));
  const values = await scores.array();
  scores.dispose();
  const reciprocals = values.map((row, i) => 1 / (1 + row.filter((score) => score > row[i]!).length));
  return reciprocals.reduce((sum, value) => sum + value, 0) / reciprocals.length;
};

describe.each(testBackends())('AdapterEncoder on %s', (backend) => {
  beforeEach(() => useBackend(backend));

  it.each<[string, AdapterOptions]>([
    ['a residual head', {}],
    ['a linear head', { head: 'linear' }],
    ['a hidden layer', { head: 'mlp', hiddenSize: 8 }],
    ['a head for each role', { separateRoles: true }],
  ])(
    'starts at the given vectors, sends gradients to %s, and leaves no tensor behind',
    async (_, options) => {
      const before = tf.memory().numTensors;
      const task = toyTask(6);
      const encoder = AdapterEncoder.create(task, options);
      const tokens = encoder.tokenize(task.queries.texts, 'query');
      const first = encoder.encode(tokens, 'query');
      const given = tf.tidy(() => {
        const x = tf.tensor2d(task.queries.vectors.data, [6, WIDTH]);
        return tf.div(x, tf.norm(x, 2, 1, true));
      });
      const [ours, theirs] = [await first.data(), await given.data()];
      ours.forEach((value, i) => {
        expect(value).toBeCloseTo(theirs[i]!, 5);
      });
      const documents = encoder.tokenize(task.documents.texts, 'document');
      const { value, grads } = tf.variableGrads(
        () =>
          tf.sum(tf.mul(encoder.encode(tokens, 'query'), encoder.encode(documents, 'document'))) as tf.Scalar,
        [...encoder.variables],
      );
      const largest = await Promise.all(
        encoder.variables.map(async ({ name }) => Math.max(...(await grads[name]!.data()).map(Math.abs))),
      );
      expect(largest.some((size) => size > 0)).toBe(true);
      tf.dispose([first, given, value, grads]);
      encoder.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});

describe('AdapterEncoder', () => {
  let directory = '';
  beforeAll(async () => {
    await useBackend('wasm');
    directory = await mkdtemp(join(tmpdir(), 'adapter-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('learns which directions matter: pairs it was not trained on are found better', async () => {
    const task = toyTask(96);
    const encoder = AdapterEncoder.create(task);
    const before = await meanReciprocal(encoder, task, 64);
    const rows = Uint32Array.from({ length: 64 }, (_, i) => i);
    await trainOasis(
      encoder,
      {
        queries: task.queries.texts.slice(0, 64),
        documents: task.documents.texts.slice(0, 64),
        pairs: {
          query: rows,
          document: rows,
          similarity: new Float32Array(64).fill(1),
          positive: new Uint8Array(64).fill(1),
        },
      },
      { epochs: 40, batchQueries: 32, negativesPerQuery: 0, learningRate: 0.02 },
    );
    const after = await meanReciprocal(encoder, task, 64);
    expect(after).toBeGreaterThan(before + 0.2);
    encoder.dispose();
  });

  it('adapts new vectors, and does so alike after saving and loading', async () => {
    const task = toyTask(5);
    const encoder = AdapterEncoder.create(
      task,
      { head: 'linear', dimensions: 7, separateRoles: true },
      'some-api',
    );
    const path = join(directory, 'saved');
    await encoder.save(path);
    expect((await readdir(path)).sort()).toEqual(['config.json', 'model.safetensors']);
    const loaded = await AdapterEncoder.load(path);
    expect(loaded.source).toBe('some-api');
    for (const role of ['query', 'document'] as const) {
      const adapted = await loaded.adapt(task.queries.vectors, role);
      expect([adapted.rows, adapted.columns]).toEqual([5, 7]);
      expect(adapted).toEqual(await encoder.adapt(task.queries.vectors, role));
    }
    expect(() => loaded.tokenize(['query 1'], 'query')).toThrow(
      'texts[0] has no vector as a query: add it first ("query 1")',
    );
    loaded.add('query', task.queries);
    expect(loaded.tokenize(['query 1'], 'query').data).toEqual(
      task.queries.vectors.data.subarray(WIDTH, 2 * WIDTH),
    );
    encoder.dispose();
    loaded.dispose();
  });

  it('refuses vectors and options that do not fit', async () => {
    const task = toyTask(2);
    const vectors = { ...task.queries.vectors, rows: 3 };
    expect(() => AdapterEncoder.create({ ...task, queries: { ...task.queries, vectors } })).toThrow(
      'queries.vectors must have 2 rows, one a text, received 3 rows',
    );
    const nan = { ...task.queries.vectors, data: new Float32Array(2 * WIDTH).fill(Number.NaN) };
    expect(() => AdapterEncoder.create({ ...task, queries: { ...task.queries, vectors: nan } })).toThrow(
      'queries.vectors[0] must be finite, received NaN',
    );
    const narrow = { data: new Float32Array(4), rows: 2, columns: 2 };
    expect(() => AdapterEncoder.create({ ...task, queries: { ...task.queries, vectors: narrow } })).toThrow(
      'queries.vectors must have 12 columns, received 2',
    );
    expect(() => AdapterEncoder.create(task, { dimensions: 3 })).toThrow(
      'dimensions must be 12, that of the vectors, with a residual head, received 3',
    );
    expect(() => AdapterEncoder.create(task, { head: 'deep' as never })).toThrow(
      'head must be one of linear',
    );
    const path = join(directory, 'broken');
    const encoder = AdapterEncoder.create(task);
    await encoder.save(path);
    await writeFile(join(path, 'config.json'), '{"kind":"adapter","head":"residual","inputs":0}');
    await expect(AdapterEncoder.load(path)).rejects.toThrow(
      `${join(path, 'config.json')}: inputs must be a whole number above 0`,
    );
    expect(() => encoder.encode({ length: 1, columns: 3, data: new Float32Array(3) }, 'query')).toThrow(
      'vectors must have 12 columns, received 3',
    );
    encoder.dispose();
  });
});
