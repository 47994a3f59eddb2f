/** Rates and money over several processes and real servers; the service counts what reaches it and what it charges. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeService, type Fault, startFakeService } from '../../../../test/annotation/fake-service.js';
import { openPostgresLimits } from '../../engine/postgres-limits.js';
import { parseConnection } from '../../engine/queue-server.js';
import { openRedisLimits } from '../../engine/redis-limits.js';
import { createSharedLedger } from '../../engine/shared-ledger.js';
import { spendOf } from '../../models/shared-limits.js';
import { startFaultTunnel } from './fault-tunnel.js';
import { type PipelineProcess, startProgram } from './pipeline-process.js';
import { queueServers, type TestServer } from './servers.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-limits-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let folders = 0;
const newFolder = () => join(scratch, String(folders++));
const newFolders = () => [newFolder(), newFolder(), newFolder()];

type Sender = PipelineProcess;

/** As many processes as there are folders, which begin at the same time. */
const send = async (
  connection: string,
  folders: readonly string[],
  baseUrl: string,
  settings: object,
): Promise<Sender[]> => {
  const senders = folders.map((folder) =>
    startProgram('limit-process', [connection, folder, baseUrl, JSON.stringify(settings)]),
  );
  for (const { child, said } of senders)
    while (!said().includes('ready')) {
      expect(child.exitCode, said()).toBeNull();
      await sleep(20);
    }
  for (const { child } of senders) child.stdin!.write('go');
  return senders;
};

/** The most that reached the service within any window of this length. */
const mostIn = (
  windowMs: number,
  arrivals: readonly { readonly time: number; readonly weight: number }[],
): number => {
  let most = 0;
  for (const { time: start } of arrivals) {
    let sum = 0;
    for (const { time, weight } of arrivals) if (time >= start && time < start + windowMs) sum += weight;
    most = Math.max(most, sum);
  }
  return most;
};
const arrivalsAt = (service: FakeService, weight = 1) =>
  service.requests.map(({ time }) => ({ time, weight }));

/** What the service would send a bill for. */
const charged = (service: FakeService): number => {
  let usd = 0;
  for (const [text, times] of service.paid)
    usd += times * (Math.ceil(text.length / 4) * 1e-3 + Math.ceil('ok'.length / 4) * 2e-3);
  return usd;
};

const PERIOD = 2000;
/**
 * Where the machine is busy a request is on its way for longer than the slack allows. Windows shorter by that much must
 * hold all the same: without a shared limit, or with windows that begin anew, twice as many would be in them.
 */
const SHORTER = PERIOD - 1000;
const rates = { periodMs: PERIOD, slackMs: 400, concurrency: 6 };

describe.each(queueServers)('limits on %s', (name, start) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  it('let no window of the service see more requests than one process might send, and nearly as many', async () => {
    const service = await startFakeService({ latencyMs: 5 });
    const settings = { ...rates, scope: 'requests', requests: 70, requestsPerMinute: 60 };
    const senders = await send(server.url, newFolders(), service.baseUrl, settings);
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    expect(service.requests).toHaveLength(210);
    expect(mostIn(SHORTER, arrivalsAt(service))).toBeLessThanOrEqual(60);
    // 210 requests of 60 a window: the last 30 start when three windows are over.
    const took = service.requests.at(-1)!.time - service.requests[0]!.time;
    expect(took).toBeGreaterThanOrEqual(3 * PERIOD - 1000);
    expect(took).toBeLessThan(3 * (PERIOD + 400) + 6000);
    console.log(
      `${name}: ${((209 / took) * PERIOD).toFixed(1)} of 60 requests a window over ${took} ms, bursts of a window each`,
    );
    await service.close();
  });

  it('count tokens, those asked for until those used are known', async () => {
    const service = await startFakeService({ latencyMs: 5, answer: () => 'ok' });
    const settings = { ...rates, scope: 'tokens', requests: 40, tokensPerMinute: 2000 };
    const senders = await send(server.url, newFolders(), service.baseUrl, settings);
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    const used = service.requests.map(({ time, text }) => ({ time, weight: Math.ceil(text.length / 4) + 1 }));
    expect(mostIn(SHORTER, used)).toBeLessThanOrEqual(2000);
    const took = used.at(-1)!.time - used[0]!.time;
    const total = used.reduce((sum, { weight }) => sum + weight, 0);
    expect(took).toBeLessThan(Math.ceil(total / 2000) * (PERIOD + 400) + 5000);
    await service.close();
  });

  it('hold everybody back while one of them was asked to wait', async () => {
    let refused = 0;
    const fault = (): Fault | null =>
      refused++ === 60 ? { kind: 'status', status: 429, retryAfter: '3' } : null;
    const service = await startFakeService({ latencyMs: 20, fault });
    const settings = { ...rates, scope: 'pause', requests: 60, requestsPerMinute: 1000 };
    const senders = await send(server.url, newFolders(), service.baseUrl, settings);
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    const at = service.requests[60]!.time;
    // What was under way when the answer came may still arrive.
    const during = service.requests.filter(({ time }) => time > at + 1500 && time < at + 2900);
    expect(during).toHaveLength(0);
    await service.close();
  });

  // What only waits, waits at the same time: every test has limits and a service of its own.
  it.concurrent('go on after a process was killed in its turn', async () => {
    const service = await startFakeService({ latencyMs: 5 });
    const settings = { ...rates, scope: 'killed', requests: 50, requestsPerMinute: 30 };
    const senders = await send(server.url, newFolders(), service.baseUrl, settings);
    while (service.requests.length < 30) await sleep(20);
    await sleep(200);
    senders[0]!.child.kill('SIGKILL');
    for (const { ended, said } of senders.slice(1)) expect(await ended, said()).toBe(0);
    expect(service.requests.length).toBeGreaterThanOrEqual(100);
    expect(mostIn(SHORTER, arrivalsAt(service))).toBeLessThanOrEqual(30);
    await service.close();
  });

  it.concurrent('never spend more than the budget together, and nearly all of it', async () => {
    const service = await startFakeService({ latencyMs: 10 });
    const folder = newFolder();
    const settings = { ...rates, scope: 'money', requests: 1000, maxUsd: 5 };
    const senders = await send(server.url, [folder, folder, folder], service.baseUrl, settings);
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    for (const { said } of senders) expect(said()).toMatch(/does not fit the limit of \$5/);
    expect(charged(service)).toBeLessThanOrEqual(5);
    expect(charged(service)).toBeGreaterThan(4.5);
    expect(spendOf(folder).usd).toBeCloseTo(charged(service), 6);
    await service.close();
  });

  it.concurrent('count each request once over a network that loses answers', async () => {
    const kinds = ['deaf', 'reset', 'cut', 'slow', 'silent'] as const;
    const tunnel = await startFaultTunnel(server.url, (connection) =>
      connection < 15 ? { kind: kinds[connection % 5]!, after: 1000 + 700 * connection } : null,
    );
    const service = await startFakeService({ latencyMs: 10 });
    const folder = newFolder();
    const settings = { ...rates, scope: 'lossy', requests: 40, requestsPerMinute: 60, maxUsd: 1000 };
    const senders = await send(tunnel.url, [folder, folder, folder], service.baseUrl, settings);
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    expect(service.requests).toHaveLength(120);
    expect(mostIn(SHORTER, arrivalsAt(service))).toBeLessThanOrEqual(60);
    expect(spendOf(folder).usd).toBeCloseTo(charged(service), 6);
    expect([...tunnel.happened.keys()].sort()).toEqual([...kinds].sort());
    await tunnel.close();
    await service.close();
  });
});

describe.each(queueServers)('limits on %s that restarts', (_, start) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  it.concurrent('hold over a restart of the server', async () => {
    const service = await startFakeService({ latencyMs: 5 });
    const settings = { ...rates, scope: 'restart', requests: 40, requestsPerMinute: 30 };
    const senders = await send(server.url, newFolders(), service.baseUrl, settings);
    while (service.requests.length < 35) await sleep(20);
    await server.restart();
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    expect(mostIn(SHORTER, arrivalsAt(service))).toBeLessThanOrEqual(30);
    await service.close();
  });

  it.concurrent('forget nothing that was spent before a second restart, by whoever tells the server late', async () => {
    const queue = parseConnection(server.url, 3);
    const limits =
      queue.kind === 'redis' ? openRedisLimits(queue, () => {}) : openPostgresLimits(queue, () => {});
    const folder = newFolder();
    const arbiter = limits.arbiter('told-late');
    const prompt = createSharedLedger({ folder, owner: 'prompt', arbiter });
    // It has read the logs, and then others are faster: until the server has restarted, and nobody else has told it.
    let hasRead = () => {};
    const isReady = new Promise<void>((resolve) => {
      hasRead = resolve;
    });
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const late = createSharedLedger({
      folder,
      owner: 'late',
      arbiter: {
        ...arbiter,
        restore: async (server, state) => {
          hasRead();
          await held;
          await arbiter.restore(server, state);
        },
      },
    });
    const latest = late.reserve('late', 1, 10);
    await isReady;
    for (const id of ['a', 'b', 'c'])
      expect(await prompt.reserve(id, 2, 10)).toMatchObject({ granted: true });
    await prompt.settle('a', 1.5);
    await server.restart();
    goOn();
    expect(await latest).toMatchObject({ granted: true, held: 5.5 });
    expect(await prompt.reserve('d', 4, 10)).toMatchObject({ granted: false, held: 6.5 });
    await limits.close();
  });

  it.concurrent('count what killed processes had reserved, through kills and restarts of the server', async () => {
    const service = await startFakeService({ latencyMs: 10 });
    const folder = newFolder();
    const settings = { ...rates, scope: 'money-kills', requests: 1000, maxUsd: 20 };
    const start = (count: number) =>
      send(server.url, Array<string>(count).fill(folder), service.baseUrl, settings);
    const senders = await start(3);
    const isAlive = ({ child }: Sender) => child.exitCode === null && child.signalCode === null;
    for (let kill = 0; kill < 6; kill++) {
      const before = service.requests.length;
      while (service.requests.length < before + 40 && senders.some(isAlive)) await sleep(5);
      const victim = kill % 3;
      senders[victim]!.child.kill('SIGKILL');
      await senders[victim]!.ended;
      if (kill === 2) await server.restart();
      [senders[victim]] = (await start(1)) as [Sender];
    }
    for (const { ended, said } of senders) expect(await ended, said()).toBe(0);
    // Requests of killed processes may have been charged, and are counted in full.
    expect(charged(service)).toBeLessThanOrEqual(20);
    expect(charged(service)).toBeGreaterThan(10);
    expect(spendOf(folder).usd).toBeGreaterThanOrEqual(charged(service) - 1e-9);
    expect(spendOf(folder).usd).toBeLessThanOrEqual(20 + 1e-9);
    await service.close();
  });
});
