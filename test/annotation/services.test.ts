import { afterEach, describe, expect, it } from 'vitest';
import { type ModelError, openAiCompatible } from '../../src/annotation/index.js';
import { exhaustedForMs, resetMs } from '../../src/annotation/retry-delay.js';
import { type FakeServiceOptions, type Fault, startFakeService, vectorOf } from './fake-service.js';

const services: Awaited<ReturnType<typeof startFakeService>>[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
const connect = async (
  service: FakeServiceOptions,
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
const structured = {
  ...hello,
  temperature: 0,
  seed: 1,
  maxTokens: 5,
  responseSchema: { name: 's', schema: { type: 'object' } },
};
const failure = (work: Promise<unknown>): Promise<ModelError> =>
  work.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: ModelError) => error,
  );
const refuse = (message: string, status = 400): Fault => ({
  kind: 'status',
  status,
  body: JSON.stringify({ error: { message } }),
});
/** The service's answer with another first choice. */
const choose = (choice: object) => ({
  fault: () => ({ kind: 'edit' as const, edit: (answer: object) => ({ ...answer, choices: [choice] }) }),
});

describe('answers as services give them', () => {
  it.each([
    ['eos', 'stop', undefined],
    ['EOS_TOKEN', 'stop', undefined],
    ['end_turn', 'stop', undefined],
    ['wandered off', 'stop', 'wandered off'],
    ['MAX_TOKENS', 'length', undefined],
    ['SAFETY', 'content_filter', undefined],
    ['abort', 'error', undefined],
    [null, 'stop', undefined],
  ])('reads the finish reason %j as %s', async (finish_reason, finishReason, unknown) => {
    const { chat } = await connect(choose({ message: { content: 'hi' }, finish_reason }));
    const answer = await chat.complete(hello);
    expect([answer.text, answer.finishReason, answer.unknownFinishReason]).toEqual([
      'hi',
      finishReason,
      unknown,
    ]);
  });

  it('joins parts of text, and leaves out thinking in front of the answer', async () => {
    const content = [
      { type: 'reasoning', text: 'hm' },
      { type: 'text', text: '<think>\nso {"a": 0}?\n</think>\n\n{"a":' },
      { type: 'text', text: ' 1}' },
    ];
    const { chat } = await connect(choose({ message: { content }, finish_reason: 'stop' }));
    expect((await chat.complete(hello)).text).toBe('{"a": 1}');
  });

  it.each([
    ['so {"a": 0}?\n</think>\n\n{"a": 1}', '{"a": 1}'],
    ['</think>{"a": 1}', '{"a": 1}'],
    ['{"a": "closes </think> tags"}', '{"a": "closes </think> tags"}'],
    ['[1, "</think>"]', '[1, "</think>"]'],
    ['Strips <think>…</think> from a text.', 'Strips <think>…</think> from a text.'],
  ])('leaves out thinking that began in the prompt, and nothing else, of %j', async (content, text) => {
    const { chat } = await connect(choose({ message: { content }, finish_reason: 'stop' }));
    expect((await chat.complete(hello)).text).toBe(text);
  });

  it('takes a failure in a body of status 200 for the failure that it is, in the service’s words', async () => {
    for (const [error, status, requests] of [
      [{ code: 402, message: 'Insufficient credits' }, 402, 1],
      [{ code: '401', message: 'No auth credentials found' }, 401, 1],
      [{ code: 503, message: 'provider overloaded' }, 503, 3],
      [{ message: 'something odd' }, 500, 3],
    ] as const) {
      const { chat, service } = await connect(
        { fault: () => ({ kind: 'body', body: JSON.stringify({ error }) }) },
        { maxAttempts: 3 },
      );
      const refused = await failure(chat.complete(hello));
      expect(refused.status).toBe(status);
      expect(refused.message).toContain(error.message);
      expect(service.requests).toHaveLength(requests);
    }
  });

  it('names the address of a redirect and follows none', async () => {
    const { chat, service } = await connect({
      fault: () => ({ kind: 'status', status: 308, headers: { location: 'https://elsewhere.example/v1' } }),
    });
    const refused = await failure(chat.complete(hello));
    expect(refused.message).toMatch(/status 308: the address redirects to https:\/\/elsewhere\.example\/v1/);
    expect(service.requests).toHaveLength(1);
  });

  it('bounds the length of an answer', async () => {
    const { chat } = await connect(
      { answer: () => 'x'.repeat(100_000) },
      { maxResponseBytes: 50_000, maxAttempts: 1 },
    );
    expect((await failure(chat.complete(hello))).message).toMatch(/the answer is longer than 50000 bytes/);
  });

  it('refuses a number that float32 cannot hold', async () => {
    const { embedder } = await connect(
      {
        fault: () => ({ kind: 'edit', edit: (a) => ({ ...a, data: [{ index: 0, embedding: [1, 1e39] }] }) }),
      },
      { maxAttempts: 1 },
    );
    expect((await failure(embedder.embed(['a']))).message).toMatch(/vector 0 holds 1e\+39 at 1/);
  });

  it('lets the service decide whether a refusal is worth a retry', async () => {
    for (const [status, asked, requests] of [
      [503, 'false', 1],
      [400, 'true', 3],
    ] as const) {
      const { chat, service } = await connect(
        { fault: () => ({ kind: 'status', status, headers: { 'x-should-retry': asked } }) },
        { maxAttempts: 3 },
      );
      await failure(chat.complete(hello));
      expect(service.requests).toHaveLength(requests);
    }
  });
});

describe('requests as services take them', () => {
  const formOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }) => [
    (body.response_format as { type: string } | undefined)?.type ?? 'none',
    'temperature' in body,
    'seed' in body,
    'max_tokens' in body,
  ];

  it('go without a schema, and without an object, where the service has none, from then on', async () => {
    const { chat, service } = await connect({
      fault: ({ body }) => {
        const form = body.response_format as { type: string } | undefined;
        if (form?.type === 'json_schema')
          return refuse("'response_format.type' must be 'json_object' or 'text'");
        return form === undefined ? null : refuse('response_format is not supported by this model', 422);
      },
    });
    await chat.complete(structured);
    await chat.complete(structured);
    expect(service.requests.map((request) => formOf(request)[0])).toEqual([
      'json_schema',
      'json_object',
      'none',
      'none',
    ]);
  });

  it('go with the limit, the temperature and the seed that a reasoning model has', async () => {
    const { chat, service } = await connect({
      fault: ({ body }) => {
        if ('max_tokens' in body)
          return refuse("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.");
        if ('temperature' in body)
          return refuse("Unsupported value: 'temperature' does not support 0 with this model.");
        return 'seed' in body ? refuse("Unknown parameter: 'seed'.") : null;
      },
    });
    await Promise.all([chat.complete(structured), chat.complete(structured), chat.complete(structured)]);
    expect(formOf(service.requests.at(-1)!)).toEqual(['json_schema', false, false, false]);
    expect(service.requests.at(-1)!.body.max_completion_tokens).toBe(5);
    const before = service.requests.length;
    await chat.complete(structured);
    expect(service.requests).toHaveLength(before + 1);
  });

  it('fail with any other refusal at once', async () => {
    const { chat, service } = await connect({ fault: () => refuse('This prompt is too long') });
    await failure(chat.complete(structured));
    expect(service.requests).toHaveLength(1);
  });
});

describe('batches of texts as services take them', () => {
  const texts = Array.from({ length: 100 }, (_, i) => `text ${i}`);

  it.each([[400], [413], [422]])(
    'are halved where the service answers %i, and stay small',
    async (status) => {
      const { embedder, service } = await connect(
        {
          fault: ({ body }) =>
            body.input.length > 32 ? refuse('batch size 100 > maximum allowed batch size 32', status) : null,
        },
        { concurrency: 1 },
      );
      const { rows, data } = await embedder.embed(texts);
      expect(rows).toBe(100);
      expect([...data.subarray(0, 8)]).toEqual(vectorOf('text 0', 8));
      expect([...data.subarray(99 * 8)]).toEqual(vectorOf('text 99', 8));
      const before = service.requests.length;
      await embedder.embed(texts);
      expect(service.requests.slice(before).every(({ body }) => body.input.length <= 32)).toBe(true);
    },
  );

  it('name the texts that are refused one by one, and keep all others', async () => {
    const bad = new Set(['text 17', 'text 60']);
    const { embedder } = await connect({
      fault: ({ body }) =>
        body.input.some((text) => bad.has(text)) ? refuse('input cannot be empty') : null,
    });
    const kept = new Set<number>();
    const onRows = (start: number, { rows }: { readonly rows: number }) => {
      for (let i = 0; i < rows; i++) kept.add(start + i);
    };
    const refused = await failure(embedder.embed(texts, { onRows }));
    expect(refused.message).toMatch(
      /^texts\[17\], texts\[60\] of 100 texts were refused: .*input cannot be empty/,
    );
    expect(kept.size).toBe(98);
  });

  it('are not halved for a wrong key', async () => {
    const { embedder, service } = await connect({ fault: () => refuse('bad key', 401) });
    await failure(embedder.embed(texts));
    expect(service.requests).toHaveLength(1);
  });
});

describe('rate limits in headers', () => {
  it('say when a refused request may come again, and when nothing is left', () => {
    const headers = (fields: Record<string, string>) =>
      new Headers(
        Object.fromEntries(Object.entries(fields).map(([name, value]) => [`x-ratelimit-${name}`, value])),
      );
    expect(resetMs(headers({ 'reset-requests': '6m0s', 'reset-tokens': '20ms' }))).toBe(20);
    expect(resetMs(headers({ 'reset-requests': '1h1.5s' }))).toBe(3_601_500);
    expect(resetMs(headers({ 'reset-requests': 'soon' }))).toBeNull();
    const spent = {
      'remaining-requests': '0',
      'reset-requests': '2s',
      'remaining-tokens': '9',
      'reset-tokens': '1m',
    };
    expect([exhaustedForMs(headers(spent)), resetMs(headers(spent))]).toEqual([2000, 2000]);
    expect(exhaustedForMs(headers({ 'remaining-requests': '3', 'reset-requests': '2s' }))).toBeNull();
  });

  it('hold back further requests until the limit begins anew', async () => {
    const { chat, service } = await connect({
      fault: ({ number }) =>
        number === 0
          ? { kind: 'status', status: 429, headers: { 'x-ratelimit-reset-requests': '200ms' } }
          : null,
    });
    const begun = Date.now();
    await chat.complete(hello);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(199);
    expect(service.requests).toHaveLength(2);
  });
});
