import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DenseMatrix,
  StaticEncoder,
  TransformerEncoder,
  type VectorSource,
  writeSafetensors,
} from '../../src/encoders/index.js';
import { principalCoordinates } from '../../src/encoders/static/principal-axes.js';
import { trainOasis } from '../../src/training/index.js';
import { testBackends, useBackend } from '../support/backends.js';
import { toyTask } from '../training/toy-task.js';

const scratch = mkdtempSync(join(tmpdir(), 'static-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = join(scratch, 'source');
const { dataset, validation } = toyTask();
const texts = [...dataset.queries, ...dataset.documents];

/** A model that knows a text by its characters. */
const letters: VectorSource = {
  name: 'letters',
  embed: async (batch) => {
    const data = new Float32Array(batch.length * 26);
    batch.forEach((text, row) => {
      for (const c of text.toLowerCase().match(/[a-z]/g) ?? []) data[row * 26 + c.charCodeAt(0) - 97]! += 1;
    });
    return { data, rows: batch.length, columns: 26 };
  },
};

const vectorsOf = async (encoder: StaticEncoder, some: readonly string[]) => {
  const vectors = encoder.encode(encoder.tokenize(some));
  const rows = await vectors.array();
  vectors.dispose();
  return rows;
};

beforeAll(async () => {
  await useBackend('cpu');
  const tiny = TransformerEncoder.random({ texts, hiddenSize: 8, layers: 1, heads: 2, vocabularySize: 300 });
  await tiny.save(folder);
  tiny.dispose();
});

describe('principalCoordinates', () => {
  it('keeps all distances with every axis, and puts the widest directions first', () => {
    const values = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 12, maxLength: 36 });
    fc.assert(
      fc.property(values, (all) => {
        const rows = Math.floor(all.length / 3);
        const points = { data: Float32Array.from(all.slice(0, rows * 3)), rows, columns: 3 };
        const turned = principalCoordinates(points, 9);
        expect(turned.columns).toBe(3);
        const distance = ({ data, columns }: DenseMatrix, a: number, b: number) =>
          Math.hypot(
            ...Array.from({ length: columns }, (_, i) => data[a * columns + i]! - data[b * columns + i]!),
          );
        for (let row = 1; row < rows; row++)
          expect(distance(turned, 0, row)).toBeCloseTo(distance(points, 0, row), 4);
        const spread = (axis: number) =>
          Array.from({ length: rows }, (_, row) => turned.data[row * 3 + axis]! ** 2).reduce(
            (a, b) => a + b,
            0,
          );
        expect(spread(0)).toBeGreaterThanOrEqual(spread(1) - 1e-6);
        expect(spread(1)).toBeGreaterThanOrEqual(spread(2) - 1e-6);
      }),
      { numRuns: 30 },
    );
  });
});

describe.each(testBackends())('StaticEncoder on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it('is the mean of its tokens’ vectors at unit length, whatever their order', async () => {
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 8 });
    expect(encoder.dimensions).toBe(8);
    const [sort, list, both, turned, none] = await vectorsOf(encoder, [
      'sort',
      'list',
      'sort list',
      'list sort',
      '',
    ]);
    expect(both).toEqual(turned);
    expect(Math.hypot(...both!)).toBeCloseTo(1, 5);
    expect(none!.every((value) => value === 0)).toBe(true);
    // Both are tokens of their own; the sum of their table rows has the direction of the text.
    const table = (await encoder.variables[0]!.array()) as number[][];
    const ids = ['sort', 'list'].map((text) => encoder.tokenize([text]).ids);
    expect(ids.map(({ length }) => length)).toEqual([1, 1]);
    const sum = table[ids[0]![0]!]!.map((value, i) => value + table[ids[1]![0]!]![i]!);
    for (const [i, value] of both!.entries()) expect(value).toBeCloseTo(sum[i]! / Math.hypot(...sum), 5);
    expect(sort).not.toEqual(list);
    encoder.dispose();
  });

  it('counts frequent tokens less: a / (a + p)', async () => {
    const plain = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 8, smoothing: 1e9 });
    const weighted = await StaticEncoder.fromModel(letters, folder, texts, {
      dimensions: 8,
      smoothing: 0.01,
    });
    const length = async (encoder: StaticEncoder, text: string) => {
      const table = (await encoder.variables[0]!.array()) as number[][];
      return Math.hypot(...table[encoder.tokenize([text]).ids[0]!]!);
    };
    const count = texts.flatMap((text) => [...plain.tokenize([text]).ids]);
    const [id] = plain.tokenize(['function']).ids;
    const share = count.filter((one) => one === id).length / count.length;
    expect(share).toBeGreaterThan(0.02);
    const factor = (await length(weighted, 'function')) / (await length(plain, 'function'));
    expect(factor).toBeCloseTo(0.01 / (0.01 + share), 4);
    plain.dispose();
    weighted.dispose();
  });

  it('is trained by the mix, saved and read back to equal vectors', async () => {
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 8 });
    const options = { epochs: 6, batchQueries: 12, learningRate: 0.02, validation };
    const run = await trainOasis(encoder, dataset, options);
    expect(run.best!.mrr).toBeGreaterThan(run.evaluations[0]!.mrr + 0.1);
    const saved = join(scratch, `saved-${backend}`);
    await encoder.save(saved);
    const loaded = await StaticEncoder.load(saved);
    expect(await vectorsOf(loaded, texts)).toEqual(await vectorsOf(encoder, texts));
    expect(loaded.source).toBe('letters');
    encoder.dispose();
    loaded.dispose();
  });
});

describe('a folder of a static model', () => {
  it('is refused where its table is too small for its tokenizer, or its kind is another', async () => {
    await useBackend('cpu');
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 4 });
    const saved = join(scratch, 'broken');
    await encoder.save(saved);
    encoder.dispose();
    const tokenizer = JSON.parse(readFileSync(join(saved, 'tokenizer.json'), 'utf8'));
    tokenizer.model.vocab.unheard = 5000;
    writeFileSync(join(saved, 'tokenizer.json'), JSON.stringify(tokenizer));
    await expect(StaticEncoder.load(saved)).rejects.toThrow(
      /model\.safetensors: embeddings must have shape \[V, D\]/,
    );
    await expect(StaticEncoder.load(folder)).rejects.toThrow(/kind must be "static"/);
  });

  it('leaves no tensor behind', async () => {
    await useBackend('cpu');
    const { numTensors } = tf.memory();
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 4 });
    await vectorsOf(encoder, texts);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('is not started by options out of range', async () => {
    const refused = (options: object, message: RegExp) =>
      expect(StaticEncoder.fromModel(letters, folder, texts, options)).rejects.toThrow(message);
    await refused({ dimensions: 0 }, /dimensions/);
    await refused({ smoothing: 0 }, /smoothing must be above 0, received 0/);
    await refused({ smooth: 1 }, /smooth/);
  });

  it('reads identifiers as the words they are made of, after saving too', async () => {
    const options = { dimensions: 4, splitIdentifiers: true };
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, options);
    const [joined, apart] = await vectorsOf(encoder, [
      'getUserName(HTTPServer)',
      'get user name ( http server )',
    ]);
    expect(joined).toEqual(apart);
    const out = join(scratch, 'split');
    await encoder.save(out);
    const again = await StaticEncoder.load(out);
    expect(await vectorsOf(again, ['getUserName'])).toEqual(await vectorsOf(encoder, ['get user name']));
    for (const each of [encoder, again]) each.dispose();
  });

  it('multiplies each token by its weight, where the file has weights', async () => {
    const encoder = await StaticEncoder.fromModel(letters, folder, texts, { dimensions: 4 });
    const out = join(scratch, 'weighted');
    await encoder.save(out);
    const [rows, columns] = encoder.variables[0]!.shape as [number, number];
    const data = Float32Array.from(encoder.variables[0]!.dataSync());
    const weights = Float32Array.from({ length: rows }, (_, row) => 1 / (row + 1));
    const path = join(out, 'model.safetensors');
    const unweighted = data.map((value, i) => value * (Math.floor(i / columns) + 1));
    const embeddings = { shape: [rows, columns], data: unweighted };
    await writeSafetensors(
      path,
      new Map([
        ['embeddings', embeddings],
        ['weights', { shape: [rows], data: weights }],
      ]),
    );
    const again = await StaticEncoder.load(out);
    again.variables[0]!.dataSync().forEach((value, i) => {
      expect(value).toBeCloseTo(data[i]!, 5);
    });
    const short = { shape: [2], data: weights.slice(0, 2) };
    await writeSafetensors(
      path,
      new Map([
        ['embeddings', embeddings],
        ['weights', short],
      ]),
    );
    await expect(StaticEncoder.load(out)).rejects.toThrow(
      /weights must have shape \[V\] = \[\d+\], found \[2\]/,
    );
    for (const each of [encoder, again]) each.dispose();
  });
});
