import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Embedder, embedToShards, labelSimilarities } from '../../src/annotation/index.js';
import { parseSafetensors } from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { vectorOf } from './fake-service.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vector-shards-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const D = 24;
const texts = Array.from({ length: 25 }, (_, i) => `text ${i}`);
/** Counts what it embeds; fails once it has embedded `limit` texts. */
const counting = (limit = Number.POSITIVE_INFINITY) => {
  let embedded = 0;
  const embedder: Embedder = {
    name: 'hash',
    embed: async (batch) => {
      if (embedded >= limit) throw new Error('gone');
      embedded += batch.length;
      return {
        data: Float32Array.from(batch.flatMap((text) => vectorOf(text, D))),
        rows: batch.length,
        columns: D,
      };
    },
  };
  return { embedder, embedded: () => embedded };
};
const unit = (text: string) => {
  const vector = vectorOf(text, D);
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
};

describe('embedToShards', () => {
  it('gives unit vectors to the precision of float16, in files that a safetensors reader opens', async () => {
    const vectors = await embedToShards(counting().embedder, texts, folder, {
      shardRows: 10,
      memoryBytes: 1,
    });
    expect([vectors.rows, vectors.columns, vectors.files.length]).toEqual([25, D, 3]);
    for (const i of [24, 0, 11, 3, 20, 9]) {
      const expected = unit(texts[i]!);
      vectors.row(i).forEach((value, d) => {
        expect(Math.abs(value - expected[d]!)).toBeLessThan(2 ** -11);
      });
    }
    const { tensors } = parseSafetensors(readFileSync(vectors.files[1]!));
    expect(tensors.get('vectors')!.shape).toEqual([10, D]);
    expect(tensors.get('vectors')!.data.subarray(D, 2 * D)).toEqual(vectors.row(11));
    expect(() => vectors.row(25)).toThrow('row must be in [0, 25), received 25');
  });

  it('goes on with the first missing shard after an interruption, and reads the rest', async () => {
    const first = counting(20);
    await expect(embedToShards(first.embedder, texts, folder, { shardRows: 10 })).rejects.toThrow('gone');
    expect(readdirSync(folder)).toHaveLength(2);
    const second = counting();
    expect((await embedToShards(second.embedder, texts, folder, { shardRows: 10 })).found).toBe(2);
    expect(second.embedded()).toBe(5);
    const grown = counting();
    await embedToShards(grown.embedder, [...texts, 'new'], folder, { shardRows: 10 });
    expect(grown.embedded()).toBe(6);
  });

  it('keeps roles and embedders apart', async () => {
    const { embedder, embedded } = counting();
    await embedToShards(embedder, texts, folder, { role: 'query' });
    await embedToShards(embedder, texts, folder, { role: 'document' });
    await embedToShards({ ...embedder, name: 'other' }, texts, folder, { role: 'query' });
    expect(embedded()).toBe(75);
  });

  it('names a shard that is cut off, and writes none for vectors that cannot be right', async () => {
    const { files, row } = await embedToShards(counting().embedder, texts, folder);
    truncateSync(files[0]!, 300);
    expect(() => row(0)).toThrow(/is cut off: remove it/);
    const broken = {
      name: 'broken',
      embed: async (batch: readonly string[]) => ({
        data: new Float32Array(batch.length).fill(Number.NaN),
        rows: batch.length,
        columns: 1,
      }),
    };
    const nowhere = join(folder, 'none');
    await expect(embedToShards(broken, texts, nowhere)).rejects.toThrow('broken returned NaN in a vector');
    expect(existsSync(nowhere) ? readdirSync(nowhere) : []).toEqual([]);
  });
});

describe('labels from shards', () => {
  it('are those from memory to the rounding of float16', async () => {
    const random = createRandom(1);
    const draw = () => Array.from({ length: 200 }, () => random.below(texts.length));
    const pairs = { query: draw(), document: draw() };
    const { embedder } = counting();
    const inMemory = await labelSimilarities(embedder, texts, texts, pairs, { map: 'affine' });
    const options = { map: 'affine', batchSize: 7, shards: folder } as const;
    const onDisk = await labelSimilarities(embedder, texts, texts, pairs, options);
    inMemory.forEach((label, i) => {
      expect(Math.abs(label - onDisk[i]!)).toBeLessThan(5e-4);
    });
    const again = counting();
    expect(await labelSimilarities(again.embedder, texts, texts, pairs, options)).toEqual(onDisk);
    expect(again.embedded()).toBe(0);
  });
});
