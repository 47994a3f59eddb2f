import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  encodeTexts,
  readSafetensors,
  SubtokenBagEncoder,
  writeSafetensors,
} from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { testBackends, useBackend } from '../support/backends.js';

const documents = [
  'function deepClone(value) { return JSON.parse(JSON.stringify(value)); }',
  'function sortNumbers(list) { return list.sort((a, b) => a - b); }',
  'function readTextFile(path) { return fs.readFileSync(path, "utf8"); }',
  'const lastItem = (list) => list[list.length - 1];',
];
const queries = [
  'sorts a list of numbers',
  'reads a text file',
  'clones a value deeply',
  'the last item of a list',
];
const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((s, x, i) => s + x * b[i]!, 0);
const fitted = (options = {}) =>
  SubtokenBagEncoder.fit({ queries, documents }, { dimensions: 48, minimumFrequency: 1, ...options });

describe.each(testBackends())('SubtokenBagEncoder on %s', (backend) => {
  let directory = '';
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bag-'));
  });
  beforeEach(() => useBackend(backend));
  afterAll(() => rm(directory, { recursive: true }));

  it('finds the right document before any training', async () => {
    const encoder = fitted({ dimensions: 512 });
    const q = await encodeTexts(encoder, queries, 'query');
    const d = await encodeTexts(encoder, documents, 'document');
    const row = (matrix: typeof q, i: number) => matrix.data.subarray(i * 512, (i + 1) * 512);
    const best = queries.map((_, i) => {
      const scores = documents.map((__, j) => dot(row(q, i), row(d, j)));
      return scores.indexOf(Math.max(...scores));
    });
    expect(best).toEqual([1, 2, 0, 3]);
    encoder.dispose();
  });

  it('gives unit rows, and the zero row for a text without letters or digits', async () => {
    const encoder = fitted();
    const { data } = await encodeTexts(encoder, ['sort', '', '?!', 'neverSeenBefore'], 'document');
    const norms = [0, 1, 2, 3].map((i) =>
      dot(data.subarray(i * 48, i * 48 + 48), data.subarray(i * 48, i * 48 + 48)),
    );
    norms.forEach((norm, i) => {
      expect(norm).toBeCloseTo([1, 0, 0, 1][i]!, 5);
    });
    encoder.dispose();
  });

  it('embeds a text alike in any batch', async () => {
    const encoder = fitted();
    const whole = await encodeTexts(encoder, documents, 'document');
    const pieces = await encodeTexts(encoder, documents, 'document', { batchSize: 1 });
    whole.data.forEach((value, i) => {
      expect(pieces.data[i]).toBeCloseTo(value, 6);
    });
    expect((await encodeTexts(encoder, [], 'query')).data.length).toBe(0);
    encoder.dispose();
  });

  it('embeds exactly alike after saving and loading, unknown terms included', async () => {
    const encoder = fitted();
    for (const variable of encoder.variables) {
      const random = createRandom(1, variable.name.replace(/.*\//, ''));
      const noise = Float32Array.from({ length: variable.size }, () => random.normal() * 0.05);
      tf.tidy(() => variable.assign(tf.tensor(noise, variable.shape)));
    }
    await encoder.save(directory);
    const loaded = await SubtokenBagEncoder.load(directory);
    const texts = [...documents, 'quaternionSlerp(a, b)'];
    for (const role of ['query', 'document'] as const) {
      expect(await encodeTexts(loaded, texts, role)).toEqual(await encodeTexts(encoder, texts, role));
    }
    encoder.dispose();
    loaded.dispose();
  });

  it('sends a gradient to every variable, equal to finite differences', async () => {
    const encoder = fitted({ dimensions: 7 });
    const direction = tf.tensor2d(
      Float32Array.from({ length: 28 }, (_, i) => Math.sin(i)),
      [4, 7],
    );
    const value = () =>
      tf.tidy(() => {
        const q = encoder.encode(encoder.tokenize(queries, 'query'), 'query');
        const d = encoder.encode(encoder.tokenize(documents, 'document'), 'document');
        return tf.add(tf.sum(tf.mul(q, direction)), tf.sum(tf.mul(d, tf.square(direction)))) as tf.Scalar;
      });
    const { grads, value: start } = tf.variableGrads(value, [...encoder.variables]);
    start.dispose();
    for (const variable of encoder.variables) {
      const gradient = grads[variable.name]!;
      const analytic = await gradient.data();
      const magnitude = Math.max(...analytic.map(Math.abs));
      expect(magnitude, variable.name).toBeGreaterThan(0);
      const at = analytic.findIndex((x) => Math.abs(x) === magnitude);
      const before = Float32Array.from(await variable.data());
      const nudged = async (amount: number) => {
        const data = before.slice();
        data[at] = data[at]! + amount;
        tf.tidy(() => variable.assign(tf.tensor(data, variable.shape)));
        const scalar = value();
        const [result] = await scalar.data();
        scalar.dispose();
        return result!;
      };
      const step = 1 / 256;
      const numeric = ((await nudged(step)) - (await nudged(-step))) / (2 * step);
      await nudged(0);
      expect(analytic[at]! / numeric, variable.name).toBeCloseTo(1, 2);
      gradient.dispose();
    }
    direction.dispose();
    encoder.dispose();
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const encoder = fitted();
    for (let i = 0; i < 3; i++) {
      await encodeTexts(encoder, documents, 'document');
      const { value, grads } = tf.variableGrads(
        () => tf.sum(encoder.encode(encoder.tokenize(queries, 'query'), 'query')) as tf.Scalar,
        [...encoder.variables],
      );
      tf.dispose([value, grads]);
    }
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('SubtokenBagEncoder', () => {
  beforeAll(() => useBackend('cpu'));

  it('gives the sparse product and the dense one the same values and gradients', async () => {
    const { sparseProduct, denseProduct } = await import('../../src/encoders/bag-product.js');
    const layout = {
      offsets: Uint32Array.of(0, 2, 2, 5),
      columns: Uint32Array.of(0, 2, 1, 3, 0),
      terms: Uint32Array.of(1, 4, 5, 9),
      known: 3,
      fixed: Float32Array.from({ length: 4 * 11 }, (_, i) => Math.cos(i)),
    };
    const values = tf.tensor1d([0.5, -1, 2, 1.5, 0.25]);
    const deltas = tf.tensor2d(
      Float32Array.from({ length: 66 }, (_, i) => Math.sin(3 * i)),
      [6, 11],
    );
    const weights = tf.tensor2d(
      Float32Array.from({ length: 33 }, (_, i) => Math.sin(i + 1)),
      [3, 11],
    );
    const run = (product: typeof sparseProduct) =>
      tf.valueAndGrads((v: tf.Tensor, d: tf.Tensor) =>
        tf.sum(tf.mul(product(v as tf.Tensor1D, d as tf.Tensor2D, layout), weights)),
      )([values, deltas]);
    const [sparse, dense] = [run(sparseProduct), run(denseProduct)];
    expect(sparse.value.dataSync()[0]).toBeCloseTo(dense.value.dataSync()[0]!, 4);
    sparse.grads.forEach((gradient, i) => {
      const expected = dense.grads[i]!.dataSync();
      gradient.dataSync().forEach((x, j) => {
        expect(x).toBeCloseTo(expected[j]!, 4);
      });
    });
  });

  it('weighs the name of a function above its body', async () => {
    const encoder = fitted({ dimensions: 512 });
    const [inName, inBody, query] = await Promise.all([
      encodeTexts(encoder, ['function sort(path) { return value + text + list; }'], 'document'),
      encodeTexts(encoder, ['function path(value) { return sort + text + list; }'], 'document'),
      encodeTexts(encoder, ['sort'], 'query'),
    ]);
    expect(dot(inName!.data, query!.data)).toBeGreaterThan(dot(inBody!.data, query!.data) + 0.1);
    encoder.dispose();
  });

  it('puts unseen words near their inflections', async () => {
    const encoder = fitted({ dimensions: 512 });
    const { data } = await encodeTexts(encoder, ['serialize', 'serializes', 'quaternion'], 'query');
    const row = (i: number) => data.subarray(i * 512, (i + 1) * 512);
    expect(dot(row(0), row(1))).toBeGreaterThan(dot(row(0), row(2)) + 0.2);
    encoder.dispose();
  });

  it('takes given words into the vocabulary, after those of the texts', () => {
    const encoder = fitted({ words: ['quaternion', 'sort'] });
    expect(encoder.vocabulary.terms.at(-1)).toBe('quaternion');
    expect(encoder.vocabulary.terms.filter((term) => term === 'sort')).toHaveLength(1);
    expect(encoder.vocabulary.idf.at(-1)).toBeCloseTo(encoder.vocabulary.unknownIdf, 6);
    encoder.dispose();
  });

  it('keeps rows in the order asked for, and refuses rows that do not exist', () => {
    const encoder = fitted();
    const tokens = encoder.tokenize(documents, 'document');
    const picked = encoder.select(tokens, [2, 0, 2]);
    expect(picked.length).toBe(3);
    expect(picked.terms.subarray(0, picked.offsets[1])).toEqual(
      tokens.terms.subarray(tokens.offsets[2]!, tokens.offsets[3]!),
    );
    expect(() => encoder.select(tokens, [4])).toThrow('rows[0] must be a row of 4 texts, received 4');
    encoder.dispose();
  });

  it('drops about the asked share of terms, never all of a text, alike for one seed', () => {
    const encoder = fitted({ dropout: 0.5 });
    const tokens = encoder.tokenize(
      Array.from({ length: 200 }, (_, i) => `a b c d e f g${i}`),
      'query',
    );
    const dropped = encoder.augment(tokens, 'query', createRandom(1));
    expect(dropped.terms.length / tokens.terms.length).toBeGreaterThan(0.4);
    expect(dropped.terms.length / tokens.terms.length).toBeLessThan(0.6);
    for (let i = 0; i < 200; i++) expect(dropped.offsets[i + 1]).toBeGreaterThan(dropped.offsets[i]!);
    expect(encoder.augment(tokens, 'query', createRandom(1))).toEqual(dropped);
    encoder.dispose();
  });

  it.each([
    [{ dimensions: 0 }, 'dimensions must be a whole number of at least 1, received 0'],
    [{ seed: 0.5 }, 'seed must be a safe integer, received 0.5'],
    [{ dropout: 1 }, 'dropout must be in [0, 1), received 1'],
    [{ subwordShare: -1 }, 'subwordShare must be in [0, 1), received -1'],
    [{ fieldGates: [1] }, 'fieldGates must be 3 numbers, received [1]'],
    [{ queryIdfPower: Number.NaN }, 'queryIdfPower must be a number, received NaN'],
  ])('refuses the options %o', (options, message) => {
    expect(() => fitted(options)).toThrow(message);
  });

  it('refuses a folder whose files do not fit together, naming the file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bag-'));
    try {
      await expect(SubtokenBagEncoder.load(directory)).rejects.toThrow(join(directory, 'config.json'));
      const encoder = fitted();
      await encoder.save(directory);
      const model = join(directory, 'model.safetensors');
      const { tensors } = await readSafetensors(model);
      await writeSafetensors(model, new Map([...tensors].filter(([name]) => name !== 'query_gates')));
      await expect(SubtokenBagEncoder.load(directory)).rejects.toThrow('query_gates must have shape');
      const vocabulary = join(directory, 'vocabulary.json');
      await writeFile(vocabulary, (await readFile(vocabulary, 'utf8')).slice(0, 20));
      await expect(SubtokenBagEncoder.load(directory)).rejects.toThrow(`cannot read ${vocabulary}`);
      await writeFile(join(directory, 'config.json'), '{"kind":"lsa"}');
      await expect(SubtokenBagEncoder.load(directory)).rejects.toThrow(
        'kind must be "subtoken-bag", found "lsa"',
      );
      encoder.dispose();
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
