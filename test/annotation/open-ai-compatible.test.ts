import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  createRateStore,
  createSpendBudget,
  ModelError,
  openAiCompatible,
} from '../../src/annotation/index.js';
import { type Answer, type FakeServiceOptions, startFakeService, vectorOf } from './fake-service.js';

const KEY = 'sk-test-0123456789-secret';
const services: Awaited<ReturnType<typeof startFakeService>>[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
  vi.unstubAllEnvs();
});

const connect = async (
  service: FakeServiceOptions = {},
  options: Partial<Parameters<typeof openAiCompatible>[0]> = {},
) => {
  const running = await startFakeService(service);
  services.push(running);
  const retry = { baseMs: 1, capMs: 5 };
  return {
    ...openAiCompatible({ baseUrl: running.baseUrl, model: 'm', retry, ...options }),
    service: running,
  };
};
const hello = { messages: [{ role: 'user', content: 'hello' }] } as const;
const failure = async (work: Promise<unknown>): Promise<ModelError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ModelError);
  return error as ModelError;
};
/** Faults for the first requests, none afterwards. */
const first = (...faults: NonNullable<ReturnType<NonNullable<FakeServiceOptions['fault']>>>[]) => ({
  fault: ({ number }: { number: number }) => faults[number] ?? null,
});

describe('chat', () => {
  it('sends the protocol and reads text, finish reason and usage', async () => {
    const { chat, service } = await connect({ answer: () => 'hi' }, { apiKey: KEY });
    const responseSchema = { name: 's', schema: { type: 'object' } };
    const answer = await chat.complete({ ...hello, temperature: 0, maxTokens: 9, seed: 3, responseSchema });
    expect(answer).toMatchObject({ text: 'hi', finishReason: 'stop', usage: { completionTokens: 1 } });
    const { path, headers, body } = service.requests[0]!;
    expect(path).toBe('/v1/chat/completions');
    expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(body).toEqual({
      model: 'm',
      messages: hello.messages,
      temperature: 0,
      max_tokens: 9,
      seed: 3,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 's', strict: true, schema: { type: 'object' } },
      },
    });
  });

  it("sends the key in Azure's header and its version in the address", async () => {
    const query = { 'api-version': '2024-10-21' };
    const { chat, service } = await connect({}, { apiKey: KEY, authorization: 'api-key', query });
    await chat.complete(hello);
    expect(service.requests[0]!.path).toBe('/v1/chat/completions?api-version=2024-10-21');
    expect(service.requests[0]!.headers['api-key']).toBe(KEY);
    expect(service.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('lets parameters replace and remove fields', async () => {
    const { chat, service } = await connect({}, { parameters: { temperature: null, top_p: 0.5 } });
    await chat.complete({ ...hello, temperature: 0 });
    expect(service.requests[0]!.body).not.toHaveProperty('temperature');
    expect(service.requests[0]!.body.top_p).toBe(0.5);
    expect(chat.name).toBe('m {"temperature":null,"top_p":0.5}');
  });

  it('reports a refusal as a finish reason', async () => {
    const edit = (answer: Answer) => {
      answer.choices[0]!.message = { role: 'assistant', content: null, refusal: 'no' };
      return answer;
    };
    const { chat } = await connect(first({ kind: 'edit', edit }));
    expect(await chat.complete(hello)).toMatchObject({ text: '', finishReason: 'refusal' });
  });

  it.each([408, 409, 425, 429, 500, 502, 503, 529])('repeats a request after status %i', async (status) => {
    const { chat, service } = await connect(first({ kind: 'status', status }));
    expect((await chat.complete(hello)).text).toBe('ok');
    expect(service.requests).toHaveLength(2);
  });

  it.each([400, 401, 403, 404, 422])('fails at once after status %i', async (status) => {
    const { chat, service } = await connect(first({ kind: 'status', status }));
    expect(await failure(chat.complete(hello))).toMatchObject({ kind: 'status', status, attempts: 1 });
    expect(service.requests).toHaveLength(1);
  });

  it('fails at once when the quota is used up, which waiting does not change', async () => {
    const body = JSON.stringify({ error: { message: 'pay first', code: 'insufficient_quota' } });
    const { chat } = await connect(first({ kind: 'status', status: 429, body }));
    expect(await failure(chat.complete(hello))).toMatchObject({ kind: 'status', attempts: 1 });
  });

  it.each([
    ['a cut connection', { kind: 'cut', when: 'before' }],
    ['a cut answer', { kind: 'cut', when: 'middle' }],
    ['broken JSON', { kind: 'body', body: '{"choices": [' }],
    ['another JSON', { kind: 'body', body: '[]' }],
    ['an HTML page', { kind: 'body', body: '<html>gateway</html>' }],
    ['a missing content', { kind: 'body', body: '{"choices":[{"message":{}}]}' }],
  ] as const)('repeats a request after %s', async (_, fault) => {
    const { chat, service } = await connect(first(fault));
    expect((await chat.complete(hello)).text).toBe('ok');
    expect(service.requests).toHaveLength(2);
  });

  it('repeats a request that takes too long', async () => {
    const { chat, service } = await connect(first({ kind: 'slow', milliseconds: 2000 }), { timeoutMs: 150 });
    expect((await chat.complete(hello)).text).toBe('ok');
    expect(service.requests).toHaveLength(2);
  });

  it('gives up after maxAttempts and says how often it tried', async () => {
    const { chat, service } = await connect(
      { fault: () => ({ kind: 'status', status: 503 }) },
      { maxAttempts: 3 },
    );
    const error = await failure(chat.complete(hello));
    expect(error).toMatchObject({ kind: 'unavailable', status: 503, attempts: 3 });
    expect(error.message).toMatch(/chat\/completions failed after 3 attempts: status 503: injected 503/);
    expect(service.requests).toHaveLength(3);
  });

  it('waits at least Retry-After, and holds back other requests meanwhile', async () => {
    const { chat, service } = await connect(first({ kind: 'status', status: 429, retryAfter: '0.4' }));
    const one = chat.complete(hello);
    await vi.waitFor(() => expect(service.requests).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all([one, chat.complete(hello)]);
    const [refused, ...later] = service.requests.map(({ time }) => time);
    expect(later).toHaveLength(2);
    for (const time of later) expect(time - refused!).toBeGreaterThanOrEqual(390);
  });

  it('does not wait for a Retry-After beyond its limit', async () => {
    const { chat } = await connect(first({ kind: 'status', status: 429, retryAfter: '3600' }));
    const error = await failure(chat.complete(hello));
    expect(error.message).toContain('asks to wait 3600000 ms');
  });

  it('stops at once when aborted, also between attempts', async () => {
    const { chat } = await connect(first({ kind: 'status', status: 429, retryAfter: '60' }));
    const abort = new AbortController();
    const work = chat.complete({ ...hello, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(work).rejects.toThrow('enough');
  });

  it('does not follow a redirect, which could carry the key elsewhere', async () => {
    const { chat, service } = await connect(
      { fault: () => ({ kind: 'status', status: 307 }) },
      { apiKey: KEY, maxAttempts: 1 },
    );
    await failure(chat.complete(hello));
    expect(service.requests).toHaveLength(1);
  });
});

describe('keys', () => {
  it('never appear in an error message, even when the service repeats them', async () => {
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}` } });
    for (const fault of [
      { kind: 'status', status: 401, body },
      { kind: 'status', status: 500, body: `trace ${KEY}` },
      { kind: 'body', body: `not json ${KEY}` },
    ] as const) {
      const { chat } = await connect({ fault: () => fault }, { apiKey: KEY, maxAttempts: 1 });
      const error = await failure(chat.complete(hello));
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain(KEY);
      expect(error.message).toContain('[redacted]');
    }
  });

  it('are read from the named environment variable, which must be set', async () => {
    vi.stubEnv('SOME_SERVICE_KEY', KEY);
    const { chat, service } = await connect({}, { apiKeyVariable: 'SOME_SERVICE_KEY' });
    await chat.complete(hello);
    expect(service.requests[0]!.headers.authorization).toBe(`Bearer ${KEY}`);
    vi.stubEnv('SOME_SERVICE_KEY', '');
    const options = { baseUrl: service.baseUrl, model: 'm', apiKeyVariable: 'SOME_SERVICE_KEY' };
    expect(() => openAiCompatible(options)).toThrow('the environment variable SOME_SERVICE_KEY is not set');
  });

  it('of OPENAI_API_KEY do not go to other hosts', async () => {
    vi.stubEnv('OPENAI_API_KEY', KEY);
    const { chat, service } = await connect();
    await chat.complete(hello);
    expect(service.requests[0]!.headers.authorization).toBeUndefined();
  });

  it('are refused inside the base address, without being repeated', () => {
    const connectTo = (baseUrl: string) => () => openAiCompatible({ baseUrl, model: 'm' });
    expect(connectTo(`http://user:${KEY}@127.0.0.1/v1`)).toThrow(/pass the key as apiKey/);
    expect(connectTo(`http://user:${KEY}@127.0.0.1/v1`)).not.toThrow(new RegExp(KEY));
    expect(connectTo('ftp://example')).toThrow(/http or https/);
  });
});

describe('embedder', () => {
  it.each(['float', 'base64'] as const)('gives rows in the order of the texts, by %s', async (encoding) => {
    const { embedder, service } = await connect({}, { encoding, batchSize: 2, concurrency: 3 });
    const texts = ['a', 'b', 'c', 'd', 'e'];
    const { data, rows, columns } = await embedder.embed(texts);
    expect([rows, columns]).toEqual([5, 8]);
    expect([...data]).toEqual(texts.flatMap((text) => vectorOf(text, 8)));
    expect(service.requests.map(({ body }) => body.input.length).sort()).toEqual([1, 2, 2]);
  });

  it('sorts rows by index', async () => {
    const edit = (answer: Answer) => ({ ...answer, data: answer.data.reverse() });
    const { embedder } = await connect(first({ kind: 'edit', edit }));
    expect([...(await embedder.embed(['a', 'b'])).data]).toEqual(['a', 'b'].flatMap((t) => vectorOf(t, 8)));
  });

  it.each<[string, (answer: Answer) => unknown]>([
    ['a missing vector', (a) => ({ ...a, data: a.data.slice(1) })],
    ['a surplus vector', (a) => ({ ...a, data: [...a.data, a.data[0]] })],
    ['a repeated index', (a) => ({ ...a, data: a.data.map((d) => ({ ...d, index: 0 })) })],
    ['an index out of range', (a) => ({ ...a, data: a.data.map((d) => ({ ...d, index: 7 })) })],
    [
      'vectors of other sizes',
      (a) => ({
        ...a,
        data: a.data.map((d, i) => ({ ...d, embedding: d.embedding.slice(i) })),
      }),
    ],
    ['an empty vector', (a) => ({ ...a, data: a.data.map((d) => ({ ...d, embedding: [] })) })],
    [
      'NaN as null',
      (a) => ({
        ...a,
        data: a.data.map((d) => ({ ...d, embedding: [null, ...d.embedding.slice(1)] })),
      }),
    ],
    [
      'NaN in base64',
      (a) => ({
        ...a,
        data: a.data.map((d) => ({
          ...d,
          embedding: Buffer.from(Float32Array.from({ length: 8 }, () => Number.NaN).buffer).toString(
            'base64',
          ),
        })),
      }),
    ],
    ['cut base64', (a) => ({ ...a, data: a.data.map((d) => ({ ...d, embedding: 'AAA=' })) })],
  ])('repeats a request after %s and fails if it stays so', async (_, edit) => {
    const once = await connect(first({ kind: 'edit', edit }));
    expect((await once.embedder.embed(['a', 'b'])).rows).toBe(2);
    expect(once.service.requests).toHaveLength(2);
    const always = await connect({ fault: () => ({ kind: 'edit', edit }) }, { maxAttempts: 2 });
    expect(await failure(always.embedder.embed(['a', 'b']))).toMatchObject({
      kind: 'malformed',
      attempts: 2,
    });
  });

  it('holds later answers to the size of the first, and all to the size asked for', async () => {
    const edit = (a: Answer) => ({ ...a, data: a.data.map((d) => ({ ...d, embedding: [1, 2] })) });
    const { embedder } = await connect(
      { fault: ({ number }) => (number === 0 ? null : { kind: 'edit', edit }) },
      { maxAttempts: 1 },
    );
    await embedder.embed(['a']);
    expect((await failure(embedder.embed(['b']))).message).toContain('vector 0 has 2 dimensions, expected 8');
    const sized = await connect({ fault: () => ({ kind: 'edit', edit }) }, { maxAttempts: 1, dimensions: 4 });
    expect((await failure(sized.embedder.embed(['b']))).message).toContain('expected 4');
  });

  it('puts the prefix of its role before a text and names it', async () => {
    const { embedder, service } = await connect({}, { prefixes: { query: 'Q: ' }, dimensions: 4 });
    await embedder.embed(['a'], { role: 'query' });
    await embedder.embed(['a'], { role: 'document' });
    expect(service.requests.map(({ body }) => body.input)).toEqual([['Q: a'], ['a']]);
    expect(embedder.name).toBe('m {"dimensions":4,"prefixes":{"query":"Q: "}}');
  });

  it('cuts texts by the counter it is given and keeps a request within batchTokens', async () => {
    const tokenCounter = { name: 'letters', count: (text: string) => text.length };
    const { embedder, service } = await connect(
      {},
      { tokenCounter, maxInputTokens: 5, batchTokens: 8, concurrency: 1 },
    );
    await embedder.embed(['abcdefghij', 'abc', 'abcd']);
    expect(service.requests.map(({ body }) => body.input)).toEqual([['abcde', 'abc'], ['abcd']]);
  });

  it('answers an empty list without a request', async () => {
    const { embedder, service } = await connect();
    expect((await embedder.embed([])).rows).toBe(0);
    expect(service.requests).toHaveLength(0);
  });
});

describe('limits', () => {
  it('keeps to the concurrency', async () => {
    const { chat, service } = await connect({ latencyMs: 10 }, { concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, () => chat.complete(hello)));
    expect(service.mostAtOnce()).toBe(3);
  });

  it('lets an aborted request leave the queue and the others go on', async () => {
    const { chat, service } = await connect({ latencyMs: 100 }, { concurrency: 1 });
    const abort = new AbortController();
    const first = chat.complete(hello);
    const second = chat.complete({ ...hello, signal: abort.signal });
    const third = chat.complete(hello);
    setTimeout(() => abort.abort(new Error('left')), 20);
    await expect(second).rejects.toThrow('left');
    await Promise.all([first, third]);
    expect(service.requests).toHaveLength(2);
  });

  it('keeps to requests per minute in every window, repeats included', async () => {
    // Times are taken where requests are admitted: a busy machine may let them leave and arrive in bunches.
    const times: number[] = [];
    let now = 0;
    const store = createRateStore({ now: () => (now = Date.now()) });
    const { chat, service } = await connect(
      { fault: ({ number }) => (number % 3 === 0 ? { kind: 'status', status: 500 } : null) },
      {
        requestsPerMinute: 5,
        periodMs: 200,
        concurrency: 20,
        store: {
          ...store,
          start: (...request) => {
            const wait = store.start(...request) as number;
            if (wait === 0) times.push(now);
            return wait;
          },
        },
      },
    );
    await Promise.all(Array.from({ length: 14 }, () => chat.complete(hello)));
    expect(times).toHaveLength(service.requests.length);
    for (const start of times)
      expect(times.filter((t) => t >= start && t < start + 200).length).toBeLessThanOrEqual(5);
  });

  it('refuses a request that no minute has room for', async () => {
    const { chat } = await connect({}, { tokensPerMinute: 100, maxTokens: 500 });
    expect((await failure(chat.complete(hello))).message).toMatch(/can never fit tokensPerMinute = 100/);
  });

  it('never spends more than the budget, with many requests at once and faults', async () => {
    let seen = 0;
    const prices = { promptPerMillion: 1000, completionPerMillion: 2000 };
    const budget = createSpendBudget({ maxUsd: 1 });
    const { chat, service } = await connect(
      {
        fault: ({ number }) => (number % 4 === 1 ? { kind: 'cut', when: 'middle' } : null),
        answer: () => 'x'.repeat(40),
      },
      { prices: { chat: prices }, budget, maxTokens: 20, concurrency: 10 },
    );
    const results = await Promise.allSettled(Array.from({ length: 40 }, () => chat.complete(hello)));
    for (const { text } of service.requests) {
      seen += (Math.ceil(text.length / 4) * 1000 + 10 * 2000) / 1e6;
    }
    expect(seen).toBeLessThanOrEqual(1);
    expect(budget.spentUsd).toBeLessThanOrEqual(1);
    expect(budget.reservedUsd).toBeCloseTo(0, 12);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ kind: 'budget' });
  });

  it('asks for prices with a budget', async () => {
    const { chat } = await connect({}, { budget: createSpendBudget({ maxUsd: 1 }) });
    await expect(chat.complete(hello)).rejects.toThrow('prices.chat must be given together with budget');
  });

  it.each([
    [{ batchSize: 0 }, /batchSize must be a whole number in \[1, 2048\], received 0/],
    [{ concurrency: 0 }, /concurrency must be above 0, received 0/],
    [{ maxAttempts: 0 }, /maxAttempts must be a whole number of at least 1, received 0/],
    [{ model: '' }, /model must be a name/],
  ])('refuses %o before any work', (options, message) => {
    expect(() => openAiCompatible({ baseUrl: 'http://127.0.0.1:1/v1', model: 'm', ...options })).toThrow(
      message,
    );
  });
});
