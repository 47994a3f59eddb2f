import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type ChatModel,
  type ChatRequest,
  cachedChatModel,
  estimateChat,
  type HttpAttempt,
  type InProcessChatModelOptions,
  inProcessChatModel,
  loadGgufChatModel,
  ModelError,
  openResponseCache,
} from '../../src/annotation/index.js';

const folders: string[] = [];
const folder = () => {
  folders.push(mkdtempSync(join(tmpdir(), 'in-process-chat-')));
  return folders.at(-1)!;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A model that does what `fault` says, or answers with how often it was asked. */
const open = (
  fault: (call: number, request: ChatRequest) => unknown = () => null,
  options: InProcessChatModelOptions = {},
) => {
  let calls = 0;
  const model: ChatModel = {
    name: 'model',
    complete: async (request) =>
      ((await fault(calls++, request)) as never) ?? {
        text: `answer ${calls}`,
        finishReason: 'stop',
        usage: { promptTokens: 3, completionTokens: 2 },
      },
  };
  const chat = inProcessChatModel(model, { retry: { baseMs: 1, capMs: 2 }, ...options });
  return { chat, calls: () => calls };
};
const ask = (content: string, signal?: AbortSignal): ChatRequest => ({
  messages: [{ role: 'user', content }],
  ...(signal === undefined ? {} : { signal }),
});
const failure = (work: Promise<unknown>): Promise<ModelError> =>
  work.then(
    () => {
      throw new Error('expected a failure');
    },
    (error: ModelError) => error,
  );

describe('inProcessChatModel', () => {
  it('gives the answers of the model', async () => {
    const { chat } = open();
    expect(chat.name).toBe('model');
    expect(await chat.complete(ask('a'))).toMatchObject({ text: 'answer 1', finishReason: 'stop' });
  });

  it.each([
    ['no text', { finishReason: 'stop' }, /without a text/],
    ['a broken answer', { text: 'half', finishReason: 'error', usage: null }, /broke its answer off/],
  ])('tries again after %s, and then fails', async (_, answer, said) => {
    const once = open((call) => (call === 0 ? answer : null));
    expect((await once.chat.complete(ask('a'))).text).toBe('answer 2');
    const always = open(() => answer);
    const error = await failure(always.chat.complete(ask('a')));
    expect([error.kind, error.attempts, always.calls()]).toEqual(['malformed', 2, 2]);
    expect(error.message).toMatch(said);
  });

  it('fails one request at which the model fails, and no other', async () => {
    const { chat, calls } = open((_, { messages }) => {
      if (messages[0]!.content === 'bad') throw new Error('no such token');
      return null;
    });
    const error = await failure(chat.complete(ask('bad')));
    expect([error.kind, error.message]).toEqual(['status', expect.stringMatching(/no such token/)]);
    expect((await chat.complete(ask('good'))).text).toBe('answer 2');
    expect(calls()).toBe(2);
  });

  it('keeps the kind of an error that the model classed itself', async () => {
    const { chat } = open(() => {
      throw new ModelError('outage', 'the weights cannot be loaded');
    });
    expect((await failure(chat.complete(ask('a')))).kind).toBe('outage');
  });

  it('does not wait for a model that is late, and tells it to stop', async () => {
    const stopped: boolean[] = [];
    const { chat } = open(
      (_, { signal }) =>
        new Promise(() => {
          signal!.addEventListener('abort', () => stopped.push(true));
        }),
      { timeoutMs: 20 },
    );
    const error = await failure(chat.complete(ask('a')));
    expect([error.kind, error.attempts, stopped]).toEqual(['timeout', 2, [true, true]]);
  });

  it('asks nothing more once the model has failed too often in a row', async () => {
    const { chat, calls } = open(() => new Promise(() => {}), {
      timeoutMs: 5,
      maxAttempts: 1,
      maxFailuresInARow: 3,
    });
    for (let i = 0; i < 3; i++) expect((await failure(chat.complete(ask(`${i}`)))).kind).toBe('timeout');
    expect((await failure(chat.complete(ask('a')))).kind).toBe('outage');
    expect(calls()).toBe(3);
  });

  it('ends at once when it is aborted', async () => {
    const controller = new AbortController();
    const { chat } = open(() => new Promise(() => {}));
    const work = chat.complete(ask('a', controller.signal));
    setTimeout(() => controller.abort(new Error('enough')), 5);
    await expect(work).rejects.toThrow('enough');
  });

  it('keeps to a rate, one request at a time, and records every attempt', async () => {
    const attempts: HttpAttempt[] = [];
    let under = 0;
    let most = 0;
    const { chat } = open(
      async (call) => {
        most = Math.max(most, ++under);
        await new Promise((resolve) => setTimeout(resolve, 2));
        under--;
        return call === 0 ? { text: '', finishReason: 'error', usage: null } : null;
      },
      { requestsPerMinute: 2, periodMs: 60, onAttempt: (made) => attempts.push(made) },
    );
    const begun = performance.now();
    await Promise.all([chat.complete(ask('a')), chat.complete(ask('b'))]);
    expect(performance.now() - begun).toBeGreaterThan(50);
    expect(most).toBe(1);
    expect(attempts.map(({ outcome }) => outcome).sort()).toEqual(['malformed', 'ok', 'ok']);
  });

  it('caches what is accepted, asks for what is not within the limit, and is estimated like a service', async () => {
    const cache = openResponseCache(folder());
    const { chat, calls } = open((_, { messages }) =>
      messages[0]!.content === 'long' ? { text: '{"a', finishReason: 'length', usage: null } : null,
    );
    const cached = cachedChatModel(chat, cache, { maxRejected: 2 });
    await cached.complete(ask('short'));
    await cached.complete(ask('short'));
    expect(calls()).toBe(1);
    for (let i = 0; i < 4; i++) expect((await cached.complete(ask('long'))).finishReason).toBe('length');
    expect(calls()).toBe(3);
    const { calls: missing, cached: found } = await estimateChat([ask('short'), ask('new')], {
      isCached: (request) => cached.has(request),
    });
    expect([missing, found]).toEqual([1, 1]);
    cache.close();
  });
});

describe('loadGgufChatModel', () => {
  it('says how to install what it needs', async () => {
    const file = join(folder(), 'model.gguf');
    writeFileSync(file, 'GGUF');
    const load = () => Promise.reject(new Error("Cannot find package 'node-llama-cpp'"));
    await expect(loadGgufChatModel(file, { load })).rejects.toThrow(
      /GGUF files need node-llama-cpp: npm install --ignore-scripts node-llama-cpp \(Cannot find package/,
    );
  });
});
