import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  averageEmbedders,
  cachedEmbedder,
  type Embedder,
  LARGEST_SIMILARITY,
  labelSimilarities,
} from '../../src/annotation/index.js';
import { vectorOf } from './fake-service.js';

const embedderOf = (row: (text: string) => readonly number[], name = 'e') => {
  const calls: { texts: string[]; role: string | undefined }[] = [];
  const embedder: Embedder = {
    name,
    embed: async (texts, options) => {
      calls.push({ texts: [...texts], role: options?.role });
      const rows = texts.map(row);
      return {
        data: Float32Array.from(rows.flat()),
        rows: texts.length,
        columns: rows[0]?.length ?? 0,
      };
    },
  };
  return { embedder, calls };
};
const cosine = (a: readonly number[], b: readonly number[]) => {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
};

describe('labelSimilarities', () => {
  it('embeds each distinct text that a pair uses once for each role', async () => {
    const { embedder, calls } = embedderOf((text) => vectorOf(text, 4));
    const pairs = { query: [0, 1, 0, 2], document: [3, 3, 1, 0] };
    await labelSimilarities(embedder, ['q', 'p', 'q', 'never'], ['d', 'q', 'unused', 'd'], pairs);
    expect(calls).toEqual([
      { texts: ['q', 'p'], role: 'query' },
      { texts: ['d', 'q'], role: 'document' },
    ]);
  });

  it('agrees with cosines in float64, by either map', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 20 }),
        fc.constantFrom('clip' as const, 'affine' as const),
        fc.integer({ min: 1, max: 7 }),
        async (rows, map, batchSize) => {
          const { embedder } = embedderOf((text) => vectorOf(text, 16));
          const texts = Array.from({ length: 6 }, (_, i) => `text ${i}`);
          const pairs = { query: rows.map(([q]) => q), document: rows.map(([, d]) => d) };
          const labels = await labelSimilarities(embedder, texts, texts, pairs, { map, batchSize });
          rows.forEach(([q, d], i) => {
            const exact = cosine(vectorOf(texts[q]!, 16), vectorOf(texts[d]!, 16));
            const expected = map === 'clip' ? Math.max(0, exact) : (1 + exact) / 2;
            expect(Math.abs(labels[i]! - Math.min(expected, LARGEST_SIMILARITY))).toBeLessThan(1e-6);
            expect(labels[i]! >= 0 && labels[i]! < 1).toBe(true);
          });
        },
      ),
      { numRuns: 50, seed: 2 },
    );
  });

  it('labels equal texts with the float32 just below 1, whatever the length of their vectors', async () => {
    for (const scale of [1e-30, 1, 1e30]) {
      const { embedder } = embedderOf(() => [3 * scale, 4 * scale, 5 * scale]);
      const labels = await labelSimilarities(embedder, ['a'], ['a'], { query: [0], document: [0] });
      expect(labels[0]).toBeGreaterThan(1 - 1e-6);
      expect(labels[0]).toBeLessThanOrEqual(Math.fround(0.99999994));
    }
  });

  it('gives opposite vectors 0 and a zero vector the cosine 0', async () => {
    const vectors: Record<string, number[]> = { up: [0, 1], down: [0, -1], none: [0, 0] };
    const { embedder } = embedderOf((text) => vectors[text]!);
    const pairs = { query: [0, 0], document: [0, 1] };
    expect([...(await labelSimilarities(embedder, ['up'], ['down', 'none'], pairs))]).toEqual([0, 0]);
    const affine = await labelSimilarities(embedder, ['up'], ['down', 'none'], pairs, { map: 'affine' });
    expect([...affine]).toEqual([0, 0.5]);
  });

  it('gives nothing for no pairs, without a call', async () => {
    const { embedder, calls } = embedderOf(() => [1]);
    expect(await labelSimilarities(embedder, ['a'], ['b'], { query: [], document: [] })).toHaveLength(0);
    expect(calls).toHaveLength(0);
  });

  it('refuses indices out of range, unequal lists and vectors that cannot be right', async () => {
    const { embedder } = embedderOf(() => [1]);
    const label = (e: Embedder, query: number[], document: number[]) =>
      labelSimilarities(e, ['a'], ['b'], { query, document });
    await expect(label(embedder, [0], [1])).rejects.toThrow(
      'pairs.document[0] must be in [0, 1), received 1',
    );
    await expect(label(embedder, [0], [])).rejects.toThrow(
      'pairs.document must have shape [P] = [1], received [0]',
    );
    await expect(label(embedderOf(() => [Number.NaN]).embedder, [0], [0])).rejects.toThrow('e returned NaN');
    const uneven = embedderOf((text) => (text === 'a' ? [1] : [1, 2])).embedder;
    await expect(label(uneven, [0], [0])).rejects.toThrow(
      /embed queries and documents alike, received 1 and 2/,
    );
    const short: Embedder = {
      name: 's',
      embed: async () => ({ data: new Float32Array(2), rows: 2, columns: 1 }),
    };
    await expect(label(short, [0], [0])).rejects.toThrow('s must return shape [1, 1], received [2, 1]');
  });
});

describe('averageEmbedders', () => {
  it('has the weighted mean of the cosines as its cosine', async () => {
    const parts = [8, 16].map(
      (dimensions) => embedderOf((text) => vectorOf(text + dimensions, dimensions)).embedder,
    );
    const both = averageEmbedders(parts, [3, 1]);
    const pairs = { query: [0], document: [0] };
    const labels = await labelSimilarities(both, ['x'], ['y'], pairs, { map: 'affine' });
    const [a, b] = [8, 16].map((d) => cosine(vectorOf(`x${d}`, d), vectorOf(`y${d}`, d)));
    expect(labels[0]).toBeCloseTo((1 + (0.75 * a! + 0.25 * b!)) / 2, 6);
    expect(both.name).toBe('mean(0.750 e, 0.250 e)');
  });

  it('refuses no embedder and weights that do not fit', () => {
    const { embedder } = embedderOf(() => [1]);
    expect(() => averageEmbedders([])).toThrow(/at least one embedder/);
    expect(() => averageEmbedders([embedder], [0])).toThrow(
      /weights must be 1 numbers above 0, received \[0\]/,
    );
  });
});

describe('cachedEmbedder', () => {
  const memory = () => {
    const entries = new Map<string, Uint8Array>();
    const get = (key: string) => entries.get(key) ?? null;
    return { entries, get, set: (key: string, value: Uint8Array) => void entries.set(key, value) };
  };

  it.each(['float32', 'float16'] as const)(
    'embeds no text twice and gives the same values again, by %s',
    async (precision) => {
      const { embedder, calls } = embedderOf((text) => vectorOf(text, 5).map((value) => value / 3));
      const cache = memory();
      const cached = cachedEmbedder(embedder, cache, { precision, batchSize: 2, concurrency: 1 });
      const first = await cached.embed(['a', 'b', 'a', 'c']);
      const second = await cached.embed(['c', 'a', 'd']);
      expect(calls.map(({ texts }) => texts)).toEqual([['a', 'b'], ['c'], ['d']]);
      expect([...second.data.slice(5, 10)]).toEqual([...first.data.slice(0, 5)]);
      expect([...first.data.slice(10, 15)]).toEqual([...first.data.slice(0, 5)]);
      const worst = Math.max(...vectorOf('a', 5).map((value, i) => Math.abs(value / 3 - first.data[i]!)));
      expect(worst).toBeLessThan(precision === 'float16' ? 2 ** -12 : 1e-8);
      expect([...cache.entries.values()][0]).toHaveLength(precision === 'float16' ? 10 : 20);
      expect(await cached.has('d')).toBe(true);
      expect(await cached.has('d', 'query')).toBe(false);
    },
  );

  it('keeps finished batches when a later one fails', async () => {
    let healthy = false;
    const { embedder, calls } = embedderOf((text) => {
      if (text === 'c' && !healthy) throw new Error('down');
      return [1];
    });
    const cached = cachedEmbedder(embedder, memory(), { batchSize: 2, concurrency: 1 });
    await expect(cached.embed(['a', 'b', 'c'])).rejects.toThrow('down');
    healthy = true;
    await cached.embed(['a', 'b', 'c']);
    expect(calls.map(({ texts }) => texts)).toEqual([['a', 'b'], ['c'], ['c']]);
  });

  it('refuses values that float16 cannot hold', async () => {
    const { embedder } = embedderOf(() => [1e6]);
    await expect(cachedEmbedder(embedder, memory(), { precision: 'float16' }).embed(['a'])).rejects.toThrow(
      'float16 cannot hold 1000000: use float32',
    );
  });
});
