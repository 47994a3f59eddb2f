import { describe, expect, it } from 'vitest';
import { chatCacheKey } from '../../src/annotation/cached-models.js';
import { type ChatModel, type ChatResponse, cachedChatModel } from '../../src/annotation/index.js';

const memory = () => {
  const entries = new Map<string, Uint8Array>();
  return {
    entries,
    get: (key: string) => entries.get(key) ?? null,
    set: (key: string, value: Uint8Array) => void entries.set(key, value),
  };
};
/** Answers in turn; the last one again and again. */
const answering = (...answers: readonly Partial<ChatResponse>[]) => {
  let calls = 0;
  const model: ChatModel = {
    name: 'm',
    complete: async () => ({
      ...{ text: 'fine', finishReason: 'stop', usage: null },
      ...answers[Math.min(calls++, answers.length - 1)],
    }),
  };
  return { model, calls: () => calls };
};
const request = { messages: [{ role: 'user', content: 'hello' }] } as const;

describe('cachedChatModel', () => {
  it.each(['length', 'error', 'refusal', 'content_filter'])(
    'asks again for an answer that ended by %s, and keeps the one that did not',
    async (finishReason) => {
      const cache = memory();
      const { model, calls } = answering({ finishReason, text: 'cut' }, {});
      const ask = () => cachedChatModel(model, cache).complete(request);
      expect((await ask()).finishReason).toBe(finishReason);
      for (let i = 0; i < 3; i++) expect((await ask()).text).toBe('fine');
      expect(calls()).toBe(2);
    },
  );

  it('asks a request whose answers are all rejected three times in all, or as often as it is told', async () => {
    for (const maxRejected of [undefined, 1, 5]) {
      const cache = memory();
      const { model, calls } = answering({ finishReason: 'length', text: 'cut' });
      const cached = cachedChatModel(model, cache, maxRejected === undefined ? {} : { maxRejected });
      for (let i = 0; i < 8; i++) expect((await cached.complete(request)).text).toBe('cut');
      expect(calls()).toBe(maxRejected ?? 3);
      expect(await cached.has(request)).toBe(true);
    }
  });

  it('lets the request say what it accepts, and keeps the reason beside what it does not', async () => {
    const cache = memory();
    const { model, calls } = answering(
      { text: 'no' },
      { text: 'maybe' },
      { text: 'yes', finishReason: 'length' },
    );
    const cached = cachedChatModel(model, cache);
    const accept = ({ text }: ChatResponse) => (text === 'yes' ? null : `not yes but ${text}`);
    expect(await cached.has({ ...request, accept })).toBe(false);
    const texts = [];
    for (let i = 0; i < 4; i++) texts.push((await cached.complete({ ...request, accept })).text);
    expect(texts).toEqual(['no', 'maybe', 'yes', 'yes']);
    expect(calls()).toBe(3);
    const first = cache.entries.get(chatCacheKey('m', request))!;
    expect(JSON.parse(new TextDecoder().decode(first))).toMatchObject({
      text: 'no',
      rejected: 'not yes but no',
    });
  });

  it('asks again for a cut answer that an earlier version kept for good', async () => {
    const cache = memory();
    const kept = { text: 'half an ans', finishReason: 'length', usage: null };
    cache.set(chatCacheKey('m', request), new TextEncoder().encode(JSON.stringify(kept)));
    expect((await cachedChatModel(answering({}).model, cache).complete(request)).text).toBe('fine');
  });

  it('refuses a limit below one', () => {
    expect(() => cachedChatModel(answering({}).model, memory(), { maxRejected: 0 })).toThrow(
      /maxRejected must be a whole number of at least 1, received 0/,
    );
  });
});
