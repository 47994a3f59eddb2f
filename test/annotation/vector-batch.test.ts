import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cachedEmbedder,
  createSpendBudget,
  fillVectorsByBatch,
  openAiCompatible,
} from '../../src/annotation/index.js';
import { type FakeService, startFakeService } from './fake-service.js';

let folder = '';
let service: FakeService;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vector-batch-'));
  service = await startFakeService({ dimensions: 8 });
});
afterEach(async () => {
  await service.close();
  rmSync(folder, { recursive: true, force: true });
});

const memory = () => {
  const entries = new Map<string, Uint8Array>();
  const get = (key: string) => entries.get(key) ?? null;
  return { get, set: (key: string, value: Uint8Array) => void entries.set(key, value) };
};
const texts = ['add two numbers', 'sort a list', 'sort a list', 'a\nü\u{1F600}'];
const asDocuments = texts.map((text) => ({ text, role: 'document' as const }));

describe.each(['float', 'base64'] as const)('fillVectorsByBatch with vectors as %s', (encoding) => {
  const setUp = () => {
    const settings = {
      baseUrl: service.baseUrl,
      model: 'm',
      encoding,
      dimensions: 8,
      prefixes: { query: 'query: ' },
      maxInputTokens: 5,
    };
    const { embedder } = openAiCompatible(settings);
    const cache = memory();
    const options = {
      ...settings,
      cache,
      modelName: embedder.name,
      precision: 'float16' as const,
      stateFile: join(folder, 'batches.json'),
      pollMs: 1,
    };
    return { options, embedder, cached: cachedEmbedder(embedder, cache, { precision: 'float16' }) };
  };
  const direct = () => service.requests.filter(({ path }) => path.endsWith('/embeddings'));

  it('gives the vectors of direct calls, bit for bit, and no direct call is left', async () => {
    const { options, embedder, cached } = setUp();
    const all = [...asDocuments, { text: texts[1]!, role: 'query' as const }];
    const summary = await fillVectorsByBatch(all, { ...options, maxRequests: 2 });
    expect(summary).toEqual({ cached: 0, answered: 4, failed: [] });
    expect(service.batches.map(({ lines }) => lines)).toEqual([2, 2]);
    const byBatch = await cached.embed(texts, { role: 'document' });
    const query = await cached.embed([texts[1]!], { role: 'query' });
    expect(direct()).toHaveLength(0);
    const byCall = cachedEmbedder(embedder, memory(), { precision: 'float16' });
    expect(byBatch).toEqual(await byCall.embed(texts, { role: 'document' }));
    expect(query).toEqual(await byCall.embed([texts[1]!], { role: 'query' }));
    expect(direct().length).toBeGreaterThan(0);
    // The document had no prefix and was cut to five tokens of three bytes.
    expect(direct()[0]!.body.input[0]).toBe('add two numbers');
    expect(direct().at(-1)!.body.input).toEqual(['query: sort a l']);
    expect(await fillVectorsByBatch(asDocuments, options)).toEqual({ cached: 3, answered: 0, failed: [] });
  });

  it('reserves the most that the texts may cost and settles with the usage', async () => {
    const { options } = setUp();
    const prices = { promptPerMillion: 1000 };
    const poor = createSpendBudget({ maxUsd: 0.001 });
    await expect(fillVectorsByBatch(asDocuments, { ...options, budget: poor, prices })).rejects.toMatchObject(
      { kind: 'budget' },
    );
    expect(service.paid.size).toBe(0);
    const budget = createSpendBudget({ maxUsd: 10 });
    await fillVectorsByBatch(asDocuments, { ...options, budget, prices });
    const tokens = [...service.paid.keys()].reduce(
      (sum, text) => sum + Math.ceil((JSON.parse(text) as { input: string[] }).input[0]!.length / 4),
      0,
    );
    expect(budget.spentUsd).toBeCloseTo((tokens * 1000) / 1e6, 12);
  });
});
