import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, bench, describe } from 'vitest';
import {
  cachedChatModel,
  cacheKey,
  type DiskCache,
  docstringPrompt,
  type Embedder,
  labelSimilarities,
  openAiCompatible,
  openResponseCache,
  writeDocstrings,
} from '../../src/annotation/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { type FakeService, startFakeService } from '../../test/annotation/fake-service.js';
import { docstringFor, functionsForTest } from '../../test/annotation/functions-for-test.js';

/** A service on loopback that takes 20 ms an answer: the time of 200 rows shows what the client adds. */
const LATENCY_MS = 20;
const ROWS = 200;
const functions = functionsForTest(ROWS);
const folder = mkdtempSync(join(tmpdir(), 'annotation-bench-'));
let service: FakeService;
let cache: DiskCache;

beforeAll(async () => {
  service = await startFakeService({
    latencyMs: LATENCY_MS,
    answer: ({ body }) => docstringFor(body.messages[1]!.content),
  });
  cache = openResponseCache(join(folder, 'warm'));
  const { chat } = openAiCompatible({ baseUrl: service.baseUrl, model: 'm', concurrency: 64 });
  await writeDocstrings(functions, cachedChatModel(chat, cache), { concurrency: 64 });
});
afterAll(async () => {
  await service.close();
  cache.close();
  rmSync(folder, { recursive: true, force: true });
});

describe(`docstrings of ${ROWS} functions, ${LATENCY_MS} ms an answer`, () => {
  for (const concurrency of [1, 8, 64]) {
    bench(
      `concurrency ${concurrency}`,
      async () => {
        const { chat } = openAiCompatible({ baseUrl: service.baseUrl, model: 'm', concurrency });
        await writeDocstrings(functions, chat, { concurrency });
      },
      { iterations: 2, warmupIterations: 0, time: 0 },
    );
  }
  bench(
    'all from the cache',
    async () => {
      const { chat } = openAiCompatible({ baseUrl: service.baseUrl, model: 'm' });
      await writeDocstrings(functions, cachedChatModel(chat, cache));
    },
    { iterations: 5 },
  );
});

describe('cache of 10,000 entries of 1 kB', () => {
  const keys = Array.from({ length: 10_000 }, (_, n) => cacheKey({ n }));
  const value = Buffer.alloc(1024, 'x');
  const disk = openResponseCache(join(folder, 'entries'));
  for (const key of keys) disk.set(key, value);
  let next = 0;
  bench('a hit', () => void disk.get(keys[next++ % keys.length]!));
  bench('opening it', () => openResponseCache(join(folder, 'entries')).close(), { iterations: 10 });
  let serial = 0;
  bench('storing an entry', () => disk.set(cacheKey({ serial: serial++ }), value), { time: 200 });
  const request = docstringPrompt(functions[0]!, { callers: [functions[1]!], callees: [functions[2]!] });
  bench('the key of a request', () => void cacheKey(request));
});

describe('labels of 100,000 pairs of 5,000 texts, 256 dimensions', () => {
  const random = createRandom(1);
  const texts = Array.from({ length: 5000 }, (_, n) => `text ${n}`);
  const data = Float32Array.from({ length: texts.length * 256 }, () => random.normal());
  const embedder: Embedder = {
    name: 'fixed',
    embed: async (batch) => ({ data: data.slice(0, batch.length * 256), rows: batch.length, columns: 256 }),
  };
  const draw = () => Uint32Array.from({ length: 100_000 }, () => random.below(texts.length));
  const pairs = { query: draw(), document: draw() };
  bench('labelSimilarities', async () => void (await labelSimilarities(embedder, texts, texts, pairs)), {
    iterations: 3,
  });
});
