import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ChatRequest,
  cachedChatModel,
  createSpendBudget,
  docstringRequests,
  fillCacheByBatch,
  openAiCompatible,
  openSpendLedger,
  writeDocstrings,
} from '../../src/annotation/index.js';
import { functionsForTest } from './functions-for-test.js';

interface Line {
  readonly custom_id: string;
  readonly body: { readonly messages: { readonly content: string }[] };
}

/** The files and batches of the protocol; `lose` cuts the connection of these requests after they were carried out. */
const startBatchService = async () => {
  const files = new Map<string, string>();
  const batches: { id: string; input_file_id: string; polls: number; failed: string[] }[] = [];
  const state = {
    lose: [] as number[],
    requests: 0,
    failTexts: new Set<string>(),
    asked: new Map<string, number>(),
    direct: 0,
    answer: (content: string) => `answer to ${content}`,
  };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const text = Buffer.concat(parts).toString();
    const path = new URL(request.url ?? '', 'http://x').pathname.slice(4);
    const send = (value: unknown) => {
      if (state.lose.includes(state.requests++)) request.socket.destroy();
      else response.end(typeof value === 'string' ? value : JSON.stringify(value));
    };
    const batchJson = (batch: (typeof batches)[number]) => ({
      id: batch.id,
      input_file_id: batch.input_file_id,
      status: batch.polls >= 2 ? 'completed' : 'in_progress',
      output_file_id: batch.polls >= 2 ? `out-${batch.id}` : null,
      error_file_id: batch.polls >= 2 && batch.failed.length > 0 ? `err-${batch.id}` : null,
      request_counts: { total: 1, completed: 0, failed: 0 },
    });
    if (path === 'files') {
      const content = /\r\n\r\n(\{[\s\S]*?\n)\r\n--/.exec(text)?.[1] ?? '';
      expect(text).toMatch(/name="purpose"\r\n\r\nbatch/);
      const id = `file-${files.size}`;
      files.set(id, content);
      send({ id });
    } else if (path === 'batches' && request.method === 'POST') {
      const { input_file_id } = JSON.parse(text);
      const id = `batch-${batches.length}`;
      const lines: Line[] = files
        .get(input_file_id)!
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const rows = lines.map((line) => {
        const content = line.body.messages[0]!.content;
        state.asked.set(content, (state.asked.get(content) ?? 0) + 1);
        const message = { role: 'assistant', content: state.answer(content) };
        const usage = { prompt_tokens: 10, completion_tokens: 5 };
        const bad = state.failTexts.has(content);
        const body = bad
          ? { error: { message: 'too long' } }
          : { choices: [{ message, finish_reason: 'stop' }], usage };
        return JSON.stringify({
          custom_id: line.custom_id,
          response: { status_code: bad ? 400 : 200, body },
          error: null,
        });
      });
      const failed = rows.filter((row) => row.includes('"status_code":400'));
      files.set(`out-${id}`, rows.filter((row) => !failed.includes(row)).join('\n'));
      files.set(`err-${id}`, failed.join('\n'));
      const batch = { id, input_file_id, polls: 0, failed };
      batches.push(batch);
      send(batchJson(batch));
    } else if (path === 'batches') send({ data: batches.map(batchJson) });
    else if (path.startsWith('batches/')) {
      const batch = batches.find(({ id }) => path.endsWith(id))!;
      batch.polls++;
      send(batchJson(batch));
    } else if (path.startsWith('files/')) send(files.get(path.split('/')[1]!)!);
    else {
      state.direct++;
      send({ choices: [{ message: { content: 'asked directly' }, finish_reason: 'stop' }] });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { baseUrl, state, batches, close };
};

let folder = '';
let service: Awaited<ReturnType<typeof startBatchService>>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'chat-batch-'));
  service = await startBatchService();
});
afterEach(() => {
  service.close();
  rmSync(folder, { recursive: true, force: true });
});

const requests: ChatRequest[] = ['a', 'b', 'c', 'a', 'd', 'e'].map((content) => ({
  messages: [{ role: 'user', content }],
}));
const memory = () => {
  const entries = new Map<string, Uint8Array>();
  const get = (key: string) => entries.get(key) ?? null;
  return { get, set: (key: string, value: Uint8Array) => void entries.set(key, value) };
};
const optionsFor = (cache = memory()) => {
  const connection = { baseUrl: service.baseUrl, model: 'm', retry: { baseMs: 1, capMs: 2 } };
  const { chat } = openAiCompatible(connection);
  const options = {
    ...connection,
    cache,
    modelName: chat.name,
    stateFile: join(folder, 'batches.json'),
    pollMs: 1,
  };
  return { options, cached: cachedChatModel(chat, cache) };
};

describe('fillCacheByBatch', () => {
  it('answers each distinct request once, in batches of the given size, for the model behind the cache', async () => {
    const { options, cached } = optionsFor();
    const summary = await fillCacheByBatch(requests, { ...options, maxRequests: 2 });
    expect(summary).toEqual({ cached: 0, answered: 5, failed: [] });
    expect(service.batches).toHaveLength(3);
    const texts = await Promise.all(requests.map(async (request) => (await cached.complete(request)).text));
    expect(texts).toEqual(['a', 'b', 'c', 'a', 'd', 'e'].map((content) => `answer to ${content}`));
    expect(service.state.direct).toBe(0);
    expect(await fillCacheByBatch(requests, options)).toEqual({ cached: 5, answered: 0, failed: [] });
  });

  it('goes on after an interruption at any step and pays for no request twice', async () => {
    for (let lose = 0; lose < 16; lose++) {
      service.close();
      service = await startBatchService();
      const cache = memory();
      // Two in a row, so that looking for a batch that may have been created fails too.
      service.state.lose = [lose, lose + 1];
      const { options, cached } = optionsFor(cache);
      const run = () => fillCacheByBatch(requests, { ...options, maxAttempts: 1, maxRequests: 3 });
      let runs = 1;
      while (
        runs < 5 &&
        (await run().then(
          () => false,
          () => true,
        ))
      )
        runs++;
      expect(runs).toBeLessThanOrEqual(3);
      expect([...service.state.asked.values()], `lost request ${lose}`).toEqual([1, 1, 1, 1, 1]);
      expect((await cached.complete(requests[4]!)).text).toBe('answer to d');
    }
  });

  const docstring = 'Returns what the caller asked for, or null where nothing was found.';
  const valid = JSON.stringify({ logic: 'Looks.', usage: 'look()', relations: 'None.', docstring });

  it('lets writeDocstrings run without a call of its own', async () => {
    service.state.answer = () => valid;
    const { options, cached } = optionsFor();
    const functions = functionsForTest(4);
    expect(await fillCacheByBatch(docstringRequests(functions), options)).toMatchObject({ answered: 4 });
    const rows = await writeDocstrings(functions, cached, { retries: 0 });
    expect(rows.map(({ failure }) => failure)).toEqual(new Array(4).fill(null));
    expect(service.state.direct).toBe(0);
  });

  it('asks again for answers that are rejected, at most three times in all', async () => {
    const { options, cached } = optionsFor();
    const functions = functionsForTest(4);
    const flaw = new Array(4).fill('the answer was not valid: schema');
    for (const answered of [4, 4, 4, 0]) {
      expect(await fillCacheByBatch(docstringRequests(functions), options)).toMatchObject({ answered });
    }
    const rows = await writeDocstrings(functions, cached, { retries: 0 });
    expect(rows.map(({ failure }) => failure)).toEqual(flaw);
    expect(service.state.direct).toBe(0);
  });

  it('reports what had no answer, and leaves it to a direct call', async () => {
    service.state.failTexts.add('b');
    const { options, cached } = optionsFor();
    const summary = await fillCacheByBatch(requests, options);
    expect(summary.answered).toBe(4);
    expect(summary.failed.map(({ reason }) => reason)).toEqual(['status 400: too long']);
    expect((await cached.complete(requests[1]!)).text).toBe('asked directly');
  });

  it('reserves the most a batch may cost and settles with its usage', async () => {
    const { options } = optionsFor();
    const prices = { promptPerMillion: 1000, completionPerMillion: 1000 };
    const poor = createSpendBudget({ maxUsd: 0.01 });
    await expect(fillCacheByBatch(requests, { ...options, budget: poor, prices })).rejects.toMatchObject({
      kind: 'budget',
    });
    expect(service.state.asked.size).toBe(0);
    const budget = createSpendBudget({ maxUsd: 100 });
    await fillCacheByBatch(requests, { ...options, budget, prices });
    expect(budget.spentUsd).toBeCloseTo((5 * 15 * 1000) / 1e6, 12);
  });

  it('settles what an interrupted call had reserved at the true price, wherever it was cut off', async () => {
    const prices = { promptPerMillion: 1000, completionPerMillion: 1000 };
    const paid = (5 * 15 * 1000) / 1e6;
    // Uploading, creating, two looks and the answers; a look at the list where creating was lost.
    for (let lose = 0; lose < 6; lose++) {
      service.close();
      service = await startBatchService();
      service.state.lose = [lose];
      const { options } = optionsFor();
      const file = join(folder, `spend-${lose}`);
      const stateFile = join(folder, `batches-${lose}.json`);
      const attempt = async () => {
        const ledger = openSpendLedger(file);
        const budget = createSpendBudget({ maxUsd: 10, ledger });
        const once = { ...options, stateFile, budget, prices, maxAttempts: 1 };
        const failure = await fillCacheByBatch(requests, once).then(
          () => null,
          (error: unknown) => error,
        );
        const total = ledger.total();
        ledger.close();
        return { failure, total };
      };
      const first = await attempt();
      // Once requests are at the service they may be charged, and count in full.
      if (first.failure !== null && lose > 0) expect(first.total, `lost ${lose}`).toBeGreaterThan(paid * 2);
      if (lose === 0) expect(first.total).toBe(0);
      const { failure, total } = first.failure === null ? first : await attempt();
      expect(failure).toBeNull();
      expect(total, `lost ${lose}`).toBeCloseTo(paid, 9);
      expect([...service.state.asked.values()]).toEqual([1, 1, 1, 1, 1]);
    }
  });
});
