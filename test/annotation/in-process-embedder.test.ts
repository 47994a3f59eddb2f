import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  cachedEmbedder,
  type Embedder,
  estimateEmbeddings,
  type HttpAttempt,
  type InProcessEmbedderOptions,
  inProcessEmbedder,
  type ModelError,
  openResponseCache,
} from '../../src/annotation/index.js';
import { OnnxEncoder } from '../../src/onnx/index.js';
import { saveTinyTransformer } from '../support/tiny-transformer.js';

const folders: string[] = [];
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'in-process-')));
  return folders.at(-1)!;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

const rowOf = (text: string) => [text.length, Number(text.replace(/\D/g, '') || 0), 1];
/** A model that does what `fault` says, or answers. */
const createModel = (
  fault: (texts: readonly string[], call: number, signal?: AbortSignal) => unknown = () => null,
) => {
  const calls: (readonly string[])[] = [];
  const model: Embedder = {
    name: 'model',
    embed: async (texts, { signal } = {}) => {
      const call = calls.push(texts) - 1;
      const data = Float32Array.from(texts.flatMap(rowOf));
      return ((await fault(texts, call, signal)) as never) ?? { data, rows: texts.length, columns: 3 };
    },
  };
  return { model, calls };
};
const open = (fault?: Parameters<typeof createModel>[0], options: InProcessEmbedderOptions = {}) => {
  const { model, calls } = createModel(fault);
  const retry = { baseMs: 1, capMs: 2 };
  return { calls, embedder: inProcessEmbedder(model, { retry, ...options }) };
};
const failure = (work: Promise<unknown>): Promise<ModelError> =>
  work.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: ModelError) => error,
  );
const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`);
const expected = Float32Array.from(texts.flatMap(rowOf));

describe('inProcessEmbedder', () => {
  it('gives the rows of the model, in batches, in order', async () => {
    const { embedder, calls } = open(undefined, { batchSize: 8 });
    expect(await embedder.embed(texts)).toEqual({ data: expected, rows: 50, columns: 3 });
    expect(calls.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
    expect((await embedder.embed([])).rows).toBe(0);
    expect(calls).toHaveLength(7);
  });

  it.each([
    ['NaN', { data: Float32Array.of(1, Number.NaN, 1), rows: 1, columns: 3 }, /vector 0 holds NaN at 1/],
    ['too few rows', { data: new Float32Array(0), rows: 0, columns: 3 }, /0 values as \[0, 3\] for 1 texts/],
    ['too few values', { data: Float32Array.of(1), rows: 1, columns: 3 }, /1 values as \[1, 3\] for 1 texts/],
  ])('tries again after %s, and then fails with what came', async (_, answer, said) => {
    const once = open((__, call) => (call === 0 ? answer : null));
    expect((await once.embedder.embed(['a'])).rows).toBe(1);
    const always = open(() => answer);
    const error = await failure(always.embedder.embed(['a']));
    expect([error.kind, error.attempts, always.calls.length]).toEqual(['malformed', 2, 2]);
    expect(error.message).toMatch(said);
  });

  it('refuses vectors of another size than before', async () => {
    const other = { data: Float32Array.of(1, 2), rows: 1, columns: 2 };
    const { embedder } = open((_, call) => (call === 0 ? null : other));
    await embedder.embed(['a']);
    expect((await failure(embedder.embed(['b']))).message).toMatch(/2 dimensions, expected 3/);
  });

  it('halves a batch for which the memory does not suffice, and keeps to the smaller size', async () => {
    const { embedder, calls } = open((batch) => {
      if (batch.length > 10) throw new RangeError('Array buffer allocation failed');
      return null;
    });
    expect((await embedder.embed(texts)).data).toEqual(expected);
    const before = calls.length;
    await embedder.embed(texts);
    expect(calls.slice(before).every(({ length }) => length <= 10)).toBe(true);
  });

  it('names the texts at which the model fails, and keeps all others in the cache', async () => {
    const cache = openResponseCache(folder());
    let isBroken = true;
    const { embedder, calls } = open((batch) => {
      if (isBroken && (batch.includes('text 17') || batch.includes('text 40')))
        throw new Error('no such token');
      return null;
    });
    const cached = cachedEmbedder(embedder, cache);
    const error = await failure(cached.embed(texts));
    expect(error.message).toMatch(/^texts\[17\], texts\[40\] of 50 texts were refused: .*no such token/);
    isBroken = false;
    const before = calls.length;
    expect((await cached.embed(texts)).data).toEqual(expected);
    expect(calls.slice(before)).toEqual([['text 17', 'text 40']]);
    cache.close();
  });

  it('does not wait for a model that is late, and tells it to stop', async () => {
    const stopped: boolean[] = [];
    const { embedder } = open(
      (_, __, signal) =>
        new Promise(() => {
          signal!.addEventListener('abort', () => stopped.push(true));
        }),
      { timeoutMs: 20 },
    );
    const error = await failure(embedder.embed(['a']));
    expect([error.kind, error.attempts, stopped]).toEqual(['timeout', 2, [true, true]]);
  });

  it('sends nothing more once the model has failed too often in a row', async () => {
    const { embedder, calls } = open(() => new Promise(() => {}), {
      timeoutMs: 5,
      maxAttempts: 1,
      maxFailuresInARow: 3,
    });
    for (let i = 0; i < 3; i++) expect((await failure(embedder.embed(['a']))).kind).toBe('timeout');
    expect((await failure(embedder.embed(['a']))).kind).toBe('outage');
    expect(calls).toHaveLength(3);
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const { embedder } = open(() => new Promise(() => {}));
    const work = embedder.embed(['a'], { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(work).rejects.toThrow('enough');
  });

  it('keeps to a rate, and records every attempt', async () => {
    const attempts: HttpAttempt[] = [];
    const { embedder } = open(
      (_, call) => (call === 0 ? { data: new Float32Array(0), rows: 0, columns: 0 } : null),
      { requestsPerMinute: 2, periodMs: 60, onAttempt: (made) => attempts.push(made) },
    );
    const begun = performance.now();
    await embedder.embed(['a']);
    await embedder.embed(['b']);
    expect(performance.now() - begun).toBeGreaterThan(50);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['malformed', 'ok', 'ok']);
  });

  it('is estimated like a service: calls for what the cache lacks', async () => {
    const cache = openResponseCache(folder());
    const cached = cachedEmbedder(open().embedder, cache);
    await cached.embed(texts.slice(0, 20), { role: 'document' });
    const { calls, cached: found } = await estimateEmbeddings(texts, {
      prices: null,
      batchSize: 10,
      isCached: (text) => cached.has(text, 'document'),
    });
    expect([calls, found]).toEqual([3, 20]);
    cache.close();
  });

  it('embeds each text once by the native engine, over processes that share the cache', async () => {
    const model = await saveTinyTransformer(join(folder(), 'model'), { texts: ['sort a list'], layers: 1 });
    const encoder = await OnnxEncoder.load(model, { threads: 1 });
    let embedded = 0;
    const place = folder();
    const run = async () => {
      const cache = openResponseCache(place);
      const native = inProcessEmbedder({
        name: 'tiny',
        embed: (some, { role = 'document', signal } = {}) => {
          embedded += some.length;
          return encoder.embed(some, { role, ...(signal === undefined ? {} : { signal }) });
        },
      });
      const rows = await cachedEmbedder(native, cache).embed(['sort', 'a list', 'sort'], { role: 'query' });
      cache.close();
      return rows.data;
    };
    const direct = await encoder.embed(['sort', 'a list', 'sort'], { role: 'query' });
    const first = await run();
    expect(await run()).toEqual(first);
    first.forEach((value, i) => {
      expect(value).toBeCloseTo(direct.data[i]!, 6);
    });
    expect(embedded).toBe(2);
    await encoder.close();
  });
});
