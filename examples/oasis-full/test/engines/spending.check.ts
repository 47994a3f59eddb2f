/** A run whose models are behind a service that charges, on three workers: its rate, its money, and the same bytes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeService, startFakeService } from '../../../../test/annotation/fake-service.js';
import { docstringFor } from '../../../../test/annotation/functions-for-test.js';
import { startFaultTunnel } from './fault-tunnel.js';
import {
  exists,
  oasisFull,
  type PipelineProcess,
  readStatusOf,
  resultOf,
  writeRepositories,
} from './pipeline-process.js';
import { queueServers, type TestServer } from './servers.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-spending-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const repositories = writeRepositories(join(scratch, 'repositories'), 9, 12);
const REQUESTS = 30;
const PERIOD = 4;

const startService = (): Promise<FakeService> =>
  startFakeService({
    dimensions: 16,
    latencyMs: 15,
    answer: ({ body }) =>
      body.messages[1]!.content.includes('Which code precisely answers')
        ? '{"answer":"first"}'
        : docstringFor(body.messages[1]!.content),
  });
const runArguments = (out: string, service: FakeService, ...more: readonly string[]) => [
  ...['run', '--repos', ...repositories, '--out', out, '--until', 'refinement', '--shard-size', '12'],
  ...['--threshold', '0.5', '--base-url', service.baseUrl, '--docstrings', 'llm', '--chat-model', 'writer'],
  ...['--embedding-model', 'embedder', '--chat-price', '1/2', '--embedding-price', '0.1'],
  ...more,
];

/** What the service charges, in the prices above; its usage counts four characters a token. */
const charged = (service: FakeService): number => {
  let usd = 0;
  for (const [text, times] of service.paid) {
    const body = JSON.parse(text) as {
      input?: string[];
      messages?: { content: string }[];
    };
    if (body.input !== undefined) {
      const characters = body.input.reduce((sum, input) => sum + input.length, 0);
      usd += times * Math.ceil(characters / 4) * 1e-7;
    } else {
      const answer = docstringFor(body.messages![1]!.content);
      usd += times * (Math.ceil(text.length / 4) * 1e-6 + Math.ceil(answer.length / 4) * 2e-6);
    }
  }
  return usd;
};

let reference: { readonly results: Record<string, string>; readonly paid: ReadonlySet<string> };
beforeAll(async () => {
  const service = await startService();
  const out = join(scratch, 'reference');
  const run = oasisFull(...runArguments(out, service), '--workers', '1');
  expect(await run.ended, run.said()).toBe(0);
  reference = { results: resultOf(out), paid: new Set(service.paid.keys()) };
  await service.close();
});

describe.concurrent.each(queueServers)('a run with models on %s', (name, start) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  it('keeps its rate and its money over three workers, killed ones included, and leaves the same bytes', async () => {
    const service = await startService();
    const out = join(scratch, name);
    const queue = ['--engine', 'bullmq', '--connection', server.url];
    const startWorker = () =>
      oasisFull('worker', '--connection', server.url, '--out', out, '--workers', '2', '--lost-after', '2');
    const rates = ['--requests-per-minute', String(REQUESTS), '--rate-period', String(PERIOD)];
    const workers: PipelineProcess[] = [startWorker(), startWorker(), startWorker()];
    const poor = 0.02;
    const coordinator = oasisFull(
      ...runArguments(out, service, ...queue, ...rates, '--max-usd', String(poor)),
    );
    const isOver = async () => (await Promise.race([coordinator.ended, sleep(0, null)])) !== null;
    for (const kill of [8, 16]) {
      while (service.requests.length < kill && !(await isOver())) await sleep(20);
      workers[kill % 3]!.child.kill('SIGKILL');
      await workers[kill % 3]!.ended;
      workers[kill % 3] = startWorker();
    }
    expect(await coordinator.ended, coordinator.said()).toBe(1);
    expect(coordinator.said()).toMatch(/--max-usd is reached: .+ to resume/);
    expect(charged(service)).toBeLessThanOrEqual(poor);
    const { spend } = await readStatusOf(out);
    expect(spend.usd).toBeGreaterThanOrEqual(charged(service) - 1e-9);
    expect(spend.usd).toBeLessThanOrEqual(poor + 1e-9);

    // More money: the same command goes on, and a server that has forgotten everything is told what is spent.
    await server.restart();
    const resumed = oasisFull(...runArguments(out, service, ...queue, ...rates, '--max-usd', '5'));
    expect(await resumed.ended, resumed.said()).toBe(0);
    expect(resultOf(out)).toEqual(reference.results);
    for (const worker of workers) worker.child.kill('SIGTERM');
    for (const worker of workers) expect(await worker.ended, worker.said()).toBe(0);
    const after = (await readStatusOf(out)).spend;
    expect(after.usd).toBeGreaterThanOrEqual(charged(service) - 1e-9);
    expect(after.usd - after.reserved).toBeLessThanOrEqual(charged(service) + 1e-9);

    // A request may be on its way for long where the machine is busy: shorter windows hold all the same.
    for (const model of ['writer', 'embedder']) {
      const own = service.requests.filter(({ body }) => body.model === model).map(({ time }) => time);
      for (const from of own) {
        const window = own.filter((time) => time >= from && time < from + (PERIOD - 2) * 1000);
        expect(window.length, model).toBeLessThanOrEqual(REQUESTS);
      }
    }
    console.log(
      `${name}: ${service.requests.length} requests, $${charged(service).toFixed(4)} charged, ` +
        `$${after.usd.toFixed(4)} in the ledger, of which $${after.reserved.toFixed(4)} by killed workers`,
    );
    await service.close();
  });
});

/** Silence is rare: each takes as long to be noticed as an answer may take. */
const kinds = ['reset', 'deaf', 'cut', 'slow', 'silent', 'reset', 'deaf', 'cut', 'slow', 'reset'] as const;

describe.concurrent.each(queueServers)(
  'a network to %s that resets, cuts, loses, delays and falls silent',
  (name, start) => {
    it('leaves the bytes of the in-process run, loses no shard and pays for nothing twice', async () => {
      const server = await start();
      const service = await startService();
      let faults = 0;
      const tunnel = await startFaultTunnel(server.url, (connection) =>
        faults-- > 0
          ? { kind: kinds[connection % kinds.length]!, after: 400 + ((connection * 2711) % 9000) }
          : null,
      );
      const out = join(scratch, `${name}-network`);
      const coordinator = oasisFull(
        ...runArguments(out, service, '--engine', 'bullmq', '--connection', tunnel.url, '--max-usd', '5'),
      );
      const workers: PipelineProcess[] = [];
      const saidByAll = () => [coordinator, ...workers].map(({ said }) => said()).join('\n');
      const until = async (condition: () => boolean) => {
        while (!condition()) {
          expect(coordinator.child.exitCode, saidByAll()).toBeNull();
          await sleep(50);
        }
      };
      try {
        // A run that cannot reach its queue at all ends with a clear line; once it has begun, it lives through everything.
        await until(() => exists(join(out, 'shards/extract/plan/plan.json')));
        faults = 20;
        for (let i = 0; i < 2; i++)
          workers.push(
            oasisFull(
              ...['worker', '--connection', tunnel.url, '--out', out, '--workers', '2', '--lost-after', '2'],
            ),
          );
        await until(() => service.requests.length >= 40);
        // What is cut off now comes back over a network that goes on failing.
        faults = 10;
        await tunnel.refuse(3000);
        expect(await coordinator.ended, saidByAll()).toBe(0);
        for (const { child } of workers) child.kill('SIGTERM');
        for (const { ended, said } of workers) expect(await ended, said()).toBe(0);
        expect(resultOf(out)).toEqual(reference.results);
        expect(new Set(service.paid.keys())).toEqual(reference.paid);
        expect([...service.paid.values()].filter((times) => times > 1)).toEqual([]);
        const { spend, stages } = await readStatusOf(out);
        expect(spend.usd).toBeCloseTo(charged(service), 6);
        expect(stages.flatMap(({ letters }) => letters)).toEqual([]);
        expect(new Set(tunnel.happened.keys())).toEqual(new Set(['refused', ...kinds]));
        expect(saidByAll()).toMatch(/queue: .+; trying again/);
        expect(saidByAll()).not.toMatch(/^\s+at .+:\d+/m);
      } finally {
        for (const { child } of [coordinator, ...workers]) child.kill('SIGKILL');
        await tunnel.close();
        await service.close();
        await server.stop();
      }
    });
  },
);
