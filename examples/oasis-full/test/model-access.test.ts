import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { Embedder } from 'oasis-embed/annotation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type FakeService,
  type FakeServiceOptions,
  startFakeService,
} from '../../../test/annotation/fake-service.js';
import { addRunOptions } from '../commands/run.js';
import { openModelAccess } from '../models/model-access.js';
import { watchService } from '../models/watch-service.js';
import { readModelOptions } from '../options/read-model-options.js';

let folder = '';
let service: FakeService | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'model-access-'));
  process.env.ACCESS_TEST_KEY = 'sk-access-test';
});
afterEach(async () => {
  delete process.env.ACCESS_TEST_KEY;
  rmSync(folder, { recursive: true, force: true });
  await service?.close();
});

const lines: string[] = [];
const access = async (options: FakeServiceOptions, ...flags: string[]) => {
  service = await startFakeService(options);
  lines.length = 0;
  const command = addRunOptions(new Command()).parse(
    [
      '--base-url',
      service.baseUrl,
      '--docstrings',
      'llm',
      '--chat-model',
      'm',
      '--embedding-model',
      'e',
      ...flags,
    ],
    { from: 'user' },
  );
  return openModelAccess(readModelOptions(command), folder, true, '', (text) => lines.push(text));
};
const hello = { messages: [{ role: 'user', content: 'hello' }] } as const;

describe('a service as the flags describe it', () => {
  it('gets the key in Azure’s header, the version in the address, and further fields in the body', async () => {
    const models = await access(
      {},
      ...['--api-key-env', 'ACCESS_TEST_KEY', '--api-key-header', '--api-version', '2026-01-01'],
      ...['--chat-parameters', '{"reasoning_effort":"low","temperature":null}'],
    );
    await models.chat('docstrings').model.complete({ ...hello, temperature: 0 });
    models.close();
    const { headers, path, body } = service!.requests[0]!;
    expect([headers['api-key'], headers.authorization]).toEqual(['sk-access-test', undefined]);
    expect(path).toBe('/v1/chat/completions?api-version=2026-01-01');
    expect(body.reasoning_effort).toBe('low');
    expect(body).not.toHaveProperty('temperature');
  });

  it('gets as many texts at a time as it is said to take', async () => {
    const models = await access({}, '--embedding-batch', '32');
    await models.embeddings()[0]!.model.embed(Array.from({ length: 100 }, (_, i) => `text ${i}`));
    models.close();
    expect(service!.requests.map(({ body }) => body.input.length).sort()).toEqual([32, 32, 32, 4].sort());
  });

  it('has the unknown ways in which its answers ended counted', async () => {
    const ended = (answer: object) => ({
      ...answer,
      choices: [{ message: { content: 'hi' }, finish_reason: 'tired' }],
    });
    const models = await access({ fault: () => ({ kind: 'edit', edit: ended }) });
    for (const content of ['a', 'b'])
      await models.chat('docstrings').model.complete({ messages: [{ role: 'user', content }] });
    models.close();
    expect(lines).toEqual(['2 answers ended with the unknown finish reason "tired", taken for "stop"']);
  });
});

describe('an embedder in this process', () => {
  const texts = ['sort a list', 'read a file'];
  const rows = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };

  it('has the retries, records and cache of a service, and no time limit of its own', async () => {
    let asked = 0;
    const faulty: Embedder = {
      name: 'tiny 1234',
      embed: async () => (asked++ === 0 ? { ...rows, data: Float32Array.of(1, Number.NaN, 0, 1) } : rows),
    };
    const models = await access({}, '--embedder', 'lsa', '--requests-per-minute', '1000');
    const embedder = models.local(faulty.name, faulty);
    expect((await embedder.embed(texts, { role: 'query' })).data).toEqual(rows.data);
    expect((await embedder.embed(texts, { role: 'query' })).data).toEqual(rows.data);
    expect([asked, models.attempts.sent, models.attempts.failed]).toEqual([2, 2, 1]);
    // Not opened, as for an estimate, it still answers what is kept.
    const closed = models.local(faulty.name, null);
    expect(await closed.has('sort a list', 'query')).toBe(true);
    expect(await closed.has('sort a list', 'document')).toBe(false);
    await expect(closed.embed(['new'])).rejects.toThrow(/a dry run sends nothing/);
    models.close();
  });

  it('that is late is not waited for beyond --timeout', async () => {
    const models = await access({}, '--timeout', '0.02', '--attempts', '1');
    const hanging = models.local('hanging', { name: 'hanging', embed: () => new Promise(() => {}) });
    await expect(hanging.embed(texts)).rejects.toMatchObject({ kind: 'timeout' });
    models.close();
  });
});

describe('watchService', () => {
  it('says of a slow service that it is alive, and of a dead one that it is not', async () => {
    const said: string[] = [];
    service = await startFakeService({
      fault: ({ path }) => (path.includes('chat') ? { kind: 'slow', milliseconds: 400 } : null),
    });
    const watch = watchService(service.baseUrl, (text) => said.push(text), 50);
    const body = JSON.stringify({ messages: [{ role: 'user', content: 'hi' }] });
    await (await watch.fetch(`${service.baseUrl}/chat/completions`, { method: 'POST', body })).text();
    const heard = said.length;
    expect(said[0]).toMatch(
      /: 1 request waits for an answer, the oldest for 0 s; it is alive \(status \d+ for GET/,
    );
    await sleep(150);
    expect(said).toHaveLength(heard);
    watch.close();

    const waiting = watchService('http://127.0.0.1:9/v1', (text) => said.push(text), 50);
    const never = new Promise<Response>(() => {});
    const original = globalThis.fetch;
    globalThis.fetch = (...request) => (String(request[0]).endsWith('/chat') ? never : original(...request));
    void waiting.fetch('http://127.0.0.1:9/v1/chat');
    globalThis.fetch = original;
    await sleep(200);
    waiting.close();
    expect(said.at(-1)).toMatch(/it does not answer GET \/models either/);
  });
});
