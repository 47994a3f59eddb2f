import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ChatRequest,
  cachedChatModel,
  cachedEmbedder,
  judgePrompt,
  type OpenAiCompatibleOptions,
  openAiCompatible,
  openResponseCache,
  parseJudgeAnswer,
} from '../../../src/annotation/index.js';
import { createRandom } from '../../../src/numerics/index.js';
import { type NetworkFault, startFaultProxy } from './fault-proxy.js';
import { type ModelServer, startModelServer } from './model-server.js';

const models = process.env.OASIS_MODELS!;
const scratch = mkdtempSync(join(tmpdir(), 'real-servers-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const busy = JSON.stringify({ error: { message: 'the server is busy', code: 503 } });
const passing: readonly NetworkFault[] = [
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'within' },
  { kind: 'cut' },
  { kind: 'slow', pieces: 5, waitMs: 10 },
  { kind: 'gzip' },
  { kind: 'answer', status: 429, headers: { 'retry-after-ms': '20' }, body: busy },
  { kind: 'answer', status: 429, headers: { 'retry-after': '0', 'x-ratelimit-remaining-requests': '0' } },
  { kind: 'answer', status: 503, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' },
  { kind: 'answer', status: 200, headers: { 'content-type': 'application/json' }, body: busy },
];
const final: readonly (readonly [string, NetworkFault, RegExp])[] = [
  [
    'a wrong key in a body of status 200',
    { kind: 'answer', status: 200, body: '{"error":{"message":"Invalid token","code":401}}' },
    /Invalid token/,
  ],
  [
    'an empty account in a body of status 200',
    { kind: 'answer', status: 200, body: '{"error":{"message":"Insufficient credits","code":402}}' },
    /Insufficient credits/,
  ],
  [
    'a redirect',
    { kind: 'answer', status: 307, headers: { location: 'http://127.0.0.1:1/v1/elsewhere' } },
    /127\.0\.0\.1:1\/v1\/elsewhere/,
  ],
];

let seed = 0;
/** Every other request meets a fault, each kind in its turn and then at random. */
const roughly = () => {
  const random = createRandom(++seed);
  let met = 0;
  return (): NetworkFault | null => {
    if (random.uniform() < 0.5) return null;
    const fault = met < passing.length ? passing[met] : passing[random.below(passing.length)];
    met++;
    return fault!;
  };
};
const settings: Partial<OpenAiCompatibleOptions> = {
  retry: { baseMs: 2, capMs: 20 },
  maxAttempts: 20,
  timeoutMs: 60_000,
  concurrency: 2,
};

const questions = (count: number, maxTokens: number): ChatRequest[] =>
  Array.from({ length: count }, (_, i) => ({
    messages: [{ role: 'user', content: `Name the number after ${i}.` }],
    temperature: 0,
    maxTokens,
    // The small models here seldom end by themselves.
    accept: () => null,
  }));

/** Answers through a rough network are those without one, and each of them arrives once, however often it is asked. */
const checkChat = async (server: ModelServer, model: string, count: number): Promise<void> => {
  const plain = openAiCompatible({ baseUrl: `${server.origin}/v1`, model, ...settings }).chat;
  const expected: string[] = [];
  for (const request of questions(count, 6)) expected.push((await plain.complete(request)).text);
  const proxy = await startFaultProxy(server.origin, roughly());
  const cache = openResponseCache(mkdtempSync(join(scratch, 'answers-')));
  const { chat } = openAiCompatible({ baseUrl: proxy.baseUrl, model, ...settings });
  const cached = cachedChatModel(chat, cache);
  for (let pass = 0; pass < 2; pass++) {
    const answers = await Promise.all(questions(count, 6).map((request) => cached.complete(request)));
    expect(answers.map(({ text }) => text)).toEqual(expected);
  }
  expect(proxy.paths.length).toBeGreaterThan(count);
  expect([...proxy.arrived.values()]).toEqual(expected.map(() => 1));
  cache.close();
  await proxy.close();
};

describe.each(final)('%s', (_, fault, said) => {
  it('is final at once, in the words of whoever says it', async () => {
    const proxy = await startFaultProxy('http://127.0.0.1:1', () => fault);
    const { chat } = openAiCompatible({ baseUrl: proxy.baseUrl, model: 'm', ...settings });
    await expect(chat.complete(questions(1, 4)[0]!)).rejects.toMatchObject({
      kind: 'status',
      message: expect.stringMatching(said),
    });
    expect(proxy.paths).toHaveLength(1);
    await proxy.close();
  });
});

describe('transformers serve', () => {
  let server: ModelServer;
  const checkpoint = join(scratch, 'checkpoint');
  beforeAll(async () => {
    server = await startModelServer('transformers', checkpoint);
  });
  afterAll(() => server?.kill());

  it('answers through a rough network as without one, each answer once', () =>
    checkChat(server, checkpoint, 12));
});

describe('llama.cpp', () => {
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer('llama.cpp', join(models, 'SmolLM2-135M-Instruct', 'model.gguf'));
  });
  afterAll(() => server?.kill());

  it('answers through a rough network as without one, each answer once', () => checkChat(server, 'smol', 6));

  it('judges within the schema, which it is sent', async () => {
    const { chat } = openAiCompatible({ baseUrl: `${server.origin}/v1`, model: 'smol', ...settings });
    const code = 'function add(a, b) { return a + b; }';
    const request = judgePrompt({ reading: 'satisfies', query: 'add two numbers', code });
    expect(parseJudgeAnswer((await chat.complete(request)).text, 'satisfies')).toMatch(/^(yes|no)$/);
  });
});

describe('sentence-transformers', () => {
  let server: ModelServer;
  beforeAll(async () => {
    server = await startModelServer('sentence-transformers', join(models, 'all-MiniLM-L6-v2'));
  });
  afterAll(() => server?.kill());

  const texts = Array.from({ length: 100 }, (_, i) => `how to sort ${i} numbers`);

  it('embeds through a rough network as without one, in halves where a batch is too large, each text once', async () => {
    const options = { model: 'encoder', embeddingModel: 'encoder', ...settings };
    const plain = openAiCompatible({ baseUrl: `${server.origin}/v1`, ...options, batchSize: 25 }).embedder;
    const expected = await plain.embed(texts);
    const proxy = await startFaultProxy(server.origin, roughly());
    const cache = openResponseCache(mkdtempSync(join(scratch, 'vectors-')));
    const { embedder } = openAiCompatible({ baseUrl: proxy.baseUrl, ...options, batchSize: 100 });
    const cached = cachedEmbedder(embedder, cache);
    for (let pass = 0; pass < 2; pass++) {
      const { data, rows, columns } = await cached.embed(texts);
      expect([rows, columns]).toEqual([100, 384]);
      // Texts of one batch are padded to the longest, which changes the last digits.
      let difference = 0;
      data.forEach((value, i) => {
        difference = Math.max(difference, Math.abs(value - expected.data[i]!));
      });
      expect(difference).toBeLessThan(1e-5);
    }
    const embedded = [...proxy.arrived].flatMap(([body, times]) =>
      (JSON.parse(body) as { input: string[] }).input.flatMap((text) => Array<string>(times).fill(text)),
    );
    expect(embedded.sort()).toEqual([...texts].sort());
    cache.close();
    await proxy.close();
  });
});
