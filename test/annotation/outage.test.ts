import { afterEach, describe, expect, it } from 'vitest';
import { cachedEmbedder, openAiCompatible, writeDocstrings } from '../../src/annotation/index.js';
import { type FakeServiceOptions, startFakeService } from './fake-service.js';
import { docstringFor, functionsForTest } from './functions-for-test.js';

const services: Awaited<ReturnType<typeof startFakeService>>[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
const serve = async (options: FakeServiceOptions) => {
  const service = await startFakeService(options);
  services.push(service);
  return service;
};
const retry = { baseMs: 1, capMs: 2 };

describe('a service that is down', () => {
  it('ends the stage after so many failures in a row, instead of failing every row', async () => {
    const service = await serve({ fault: () => ({ kind: 'status', status: 503 }) });
    const options = { baseUrl: service.baseUrl, model: 'm', retry, maxAttempts: 2, maxFailuresInARow: 5 };
    const { chat } = openAiCompatible({ ...options, concurrency: 1 });
    const work = writeDocstrings(functionsForTest(200), chat, { concurrency: 1 });
    await expect(work).rejects.toMatchObject({ kind: 'outage' });
    await expect(work).rejects.toThrow(/the last 5 requests all failed, so no more are sent: .+status 503/);
    expect(service.requests).toHaveLength(10);
  });

  it('is forgiven with the first answer', async () => {
    const fails = ({ number }: { number: number }) => number % 5 !== 4;
    const service = await serve({
      fault: (request) => (fails(request) ? { kind: 'status', status: 503 } : null),
      answer: ({ body }) => docstringFor(body.messages[1]!.content),
    });
    const options = { baseUrl: service.baseUrl, model: 'm', retry, maxAttempts: 1, maxFailuresInARow: 5 };
    const { chat } = openAiCompatible({ ...options, concurrency: 1 });
    const rows = await writeDocstrings(functionsForTest(50), chat, { concurrency: 1 });
    expect(rows.filter(({ failure }) => failure === null)).toHaveLength(10);
  });

  it('and one that refuses the key end the stage at the first answer', async () => {
    const service = await serve({ fault: () => ({ kind: 'status', status: 401 }) });
    const { chat } = openAiCompatible({ baseUrl: service.baseUrl, model: 'm' });
    const work = writeDocstrings(functionsForTest(200), chat, { concurrency: 1 });
    await expect(work).rejects.toMatchObject({ kind: 'status', status: 401 });
    expect(service.requests).toHaveLength(1);
  });
});

describe('cachedEmbedder', () => {
  it('keeps each answer as it arrives: a later request that fails loses nothing', async () => {
    let isDown = true;
    const service = await serve({
      fault: ({ body }) => (isDown && body.input.includes('c') ? { kind: 'status', status: 400 } : null),
    });
    const { embedder } = openAiCompatible({
      baseUrl: service.baseUrl,
      model: 'm',
      batchSize: 1,
      concurrency: 1,
    });
    const entries = new Map<string, Uint8Array>();
    const cached = cachedEmbedder(embedder, {
      get: (key) => entries.get(key) ?? null,
      set: (key, value) => void entries.set(key, value),
    });
    await expect(cached.embed(['a', 'b', 'c'])).rejects.toMatchObject({ status: 400 });
    isDown = false;
    await cached.embed(['a', 'b', 'c']);
    expect(service.requests.map(({ body }) => body.input[0])).toEqual(['a', 'b', 'c', 'c']);
  });
});
