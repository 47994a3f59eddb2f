/** A full disk, a read-only folder, a shard that cannot be done, and interrupts: what is said and that the run goes on. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  exists,
  oasisFull,
  type PipelineProcess,
  readStatusOf,
  resultOf,
  untilSaid,
  writeRepositories,
} from './pipeline-process.js';
import { queueServers, startPostgres, type TestServer } from './servers.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-failures-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const repositories = writeRepositories(join(scratch, 'repositories'), 6, 12);
const runArguments = (out: string) => [
  ...['run', '--repos', ...repositories, '--out', out, '--until', 'refinement'],
  ...['--threshold', '0.7', '--label-dimensions', '16', '--shard-size', '12'],
];

let reference: Record<string, string>;
beforeAll(async () => {
  const out = join(scratch, 'reference');
  const run = oasisFull(...runArguments(out), '--workers', '1');
  expect(await run.ended, run.said()).toBe(0);
  reference = resultOf(out);
});

const isRoot = process.getuid?.() === 0;
const mount = (...args: string[]) => execFileSync('mount', args);

describe.skipIf(!isRoot).concurrent('a disk that refuses', () => {
  it.each([1, 2])(
    'is named when it is full, and the run goes on when there is space (%i threads)',
    async (threads) => {
      const disk = join(scratch, `small-${threads}`);
      mkdirSync(disk);
      mount('-t', 'tmpfs', '-o', 'size=120k', 'tmpfs', disk);
      try {
        const out = join(disk, 'run');
        const cut = oasisFull(...runArguments(out), '--workers', String(threads));
        expect(await cut.ended).toBe(1);
        expect(cut.said()).toMatch(
          /cannot write .* \(ENOSPC\): the disk is full: free some space, then run the same/,
        );
        mount('-o', 'remount,size=64m', disk);
        const resumed = oasisFull(...runArguments(out), '--workers', String(threads));
        expect(await resumed.ended, resumed.said()).toBe(0);
        expect(resultOf(out)).toEqual(reference);
      } finally {
        execFileSync('umount', [disk]);
      }
    },
  );

  it('is named when it is read-only, and the run goes on when it is writable', async () => {
    const disk = join(scratch, 'locked');
    mkdirSync(disk);
    mount('-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk);
    try {
      const out = join(disk, 'run');
      const first = oasisFull(...runArguments(out), '--until', 'corpus');
      expect(await first.ended, first.said()).toBe(0);
      mount('-o', 'remount,ro', disk);
      const cut = oasisFull(...runArguments(out));
      expect(await cut.ended).toBe(1);
      expect(cut.said()).toMatch(
        /cannot write .* \(EROFS\): the folder is read-only: make it writable, then run/,
      );
      mount('-o', 'remount,rw', disk);
      const resumed = oasisFull(...runArguments(out));
      expect(await resumed.ended, resumed.said()).toBe(0);
      expect(resultOf(out)).toEqual(reference);
    } finally {
      execFileSync('umount', [disk]);
    }
  });
});

describe.concurrent('an interrupt', () => {
  it('finishes what is under way, says how to resume, and the run goes on', async () => {
    const out = join(scratch, 'interrupted');
    const run = oasisFull(...runArguments(out), '--workers', '1');
    while (!exists(join(out, 'shards/extract'))) await sleep(20);
    run.child.kill('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.said()).toMatch(/Finished work is kept: run the same command again to resume/);
    const resumed = oasisFull(...runArguments(out), '--workers', '1');
    expect(await resumed.ended, resumed.said()).toBe(0);
    expect(resultOf(out)).toEqual(reference);
  });
});

describe.concurrent('a queue without a server', () => {
  it('is a clear error', async () => {
    const run = oasisFull(
      ...runArguments(join(scratch, 'nobody')),
      '--engine',
      'bullmq',
      '--connection',
      'redis://127.0.0.1:1',
    );
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(/--connection: the queue's server cannot be used: no answer within 10 s/);
  });
});

describe.concurrent('a queue server with a password', () => {
  let refusals = 0;
  const refuses = async (address: string, said: RegExp) => {
    const out = join(scratch, `refused-${refusals++}`);
    for (const command of [
      [...runArguments(out), '--engine', 'bullmq', '--connection', address],
      ['worker', '--connection', address, '--out', out],
    ]) {
      const begun = performance.now();
      const refused = oasisFull(...command);
      expect(await refused.ended).toBe(1);
      // PostgreSQL itself ends a connection without a password after 60 s.
      expect(performance.now() - begun).toBeLessThan(55_000);
      expect(refused.said()).toMatch(/--connection: the queue's server cannot be used: /);
      expect(refused.said()).toMatch(said);
      expect(refused.said()).not.toMatch(/wrong@|no answer within|trying again/);
    }
  };

  it('refuses a wrong one and none at once on Redis, in words that say what to do', async () => {
    const server = await queueServers.find(([name]) => name === 'redis')![1]();
    const { port } = new URL(server.url);
    try {
      execFileSync('redis-cli', ['-p', port, 'config', 'set', 'requirepass', 'right']);
      await refuses(`redis://127.0.0.1:${port}`, /it wants a password, which the address may hold/);
      await refuses(`redis://:wrong@127.0.0.1:${port}`, /it refuses the user name or password/);
    } finally {
      execFileSync('redis-cli', ['-a', 'right', '-p', port, 'config', 'set', 'requirepass', ''], {
        stdio: 'ignore',
      });
      await server.stop();
    }
  });

  /** Starts a run and a worker, has their server refuse them, and expects both to end soon. */
  const expectBothToEnd = async (server: TestServer, refuse: () => void, said: RegExp) => {
    const out = join(scratch, `refused-later-${server.kind}`);
    const queue = ['--connection', server.url];
    const run = oasisFull(...runArguments(out), '--engine', 'bullmq', ...queue);
    while (!exists(join(out, 'shards/extract/plan/plan.json'))) await sleep(20);
    const worker = oasisFull('worker', ...queue, '--out', `${out}-worker`, '--workers', '1');
    await untilSaid(worker, /worker .+ · 1 at a time/);
    refuse();
    for (const process of [run, worker]) {
      expect(await Promise.race([process.ended, sleep(60_000, 'late', { ref: false })]), process.said()).toBe(
        1,
      );
      expect(process.said()).toMatch(/error: --connection: the queue's server cannot be used: /);
      expect(process.said()).toMatch(said);
      expect(process.said()).not.toMatch(/no answer within/);
    }
  };

  it('ends a run and a worker that it begins to refuse, on Redis', async () => {
    const server = await queueServers.find(([name]) => name === 'redis')![1]();
    const { port } = new URL(server.url);
    const tell = (...words: string[]) =>
      execFileSync('redis-cli', ['-p', port, ...words], { stdio: 'ignore' });
    try {
      const refuse = () => {
        tell('config', 'set', 'requirepass', 'right');
        tell('-a', 'right', 'client', 'kill', 'type', 'normal');
      };
      await expectBothToEnd(server, refuse, /it wants a password, which the address may hold/);
    } finally {
      tell('-a', 'right', 'config', 'set', 'requirepass', '');
      await server.stop();
    }
  });

  it('ends a run and a worker whose password it changes, on PostgreSQL', async () => {
    const server = await startPostgres('right');
    const changed =
      "ALTER USER oasis PASSWORD 'other'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity " +
      "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";
    try {
      const refuse = () => void execFileSync('psql', [server.url, '-c', changed], { stdio: 'ignore' });
      await expectBothToEnd(server, refuse, /it refuses the user name or password: .*authentication failed/);
    } finally {
      await server.stop();
    }
  });

  it('refuses a wrong one, none, and a database that it does not have at once on PostgreSQL', async () => {
    const server = await startPostgres('right');
    const { port } = new URL(server.url);
    const at = (user: string, database = 'postgres') => `postgres://${user}@127.0.0.1:${port}/${database}`;
    try {
      await refuses(at('oasis'), /it wants a password, which the address may hold \(postgres:/);
      await refuses(at('oasis:wrong'), /it refuses the user name or password: .*authentication failed/);
      await refuses(at('nobody:wrong'), /it refuses the user name or password: .*authentication failed/);
      await refuses(at('oasis:right', 'absent'), /database "absent" does not exist/);
      const out = join(scratch, 'unlocked');
      const worker = oasisFull('worker', '--connection', server.url, '--out', out, '--workers', '1');
      await untilSaid(worker, /worker .+ · 1 at a time/);
      worker.child.kill('SIGTERM');
      expect(await worker.ended, worker.said()).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

describe.concurrent.each(queueServers)('a worker on %s', (name, start) => {
  it('that starts while the server is down waits for it', async () => {
    const server = await start();
    try {
      const workers: PipelineProcess[] = [];
      await server.restart(async () => {
        const out = join(scratch, `early-${name}`);
        workers.push(oasisFull('worker', '--connection', server.url, '--out', out, '--workers', '1'));
        await untilSaid(workers[0]!, /ECONNREFUSED.*; trying again/);
      });
      await untilSaid(workers[0]!, /worker .+ · 1 at a time/);
      workers[0]!.child.kill('SIGTERM');
      expect(await workers[0]!.ended, workers[0]!.said()).toBe(0);
    } finally {
      await server.stop();
    }
  });
});

// The others read the folder that this one takes away.
describe('a queue', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await queueServers[0]![1]();
  });
  afterAll(() => server?.stop());

  it('gives a shard up with its reason, and takes it up again after retry-failed', async () => {
    const out = join(scratch, 'given-up');
    const queue = ['--engine', 'bullmq', '--connection', server.url];
    const missing = repositories[2]!;
    const run = oasisFull(...runArguments(out), ...queue);
    while (!exists(join(out, 'shards/extract/plan/plan.json'))) await sleep(20);
    renameSync(missing, `${missing}-away`);
    const worker = oasisFull('worker', '--connection', server.url, '--out', out, '--workers', '1');
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(
      /1 of 6 shards of extract failed for good:\n {2}repository-02-\w+: .*repository-02/,
    );
    const { stages } = await readStatusOf(out);
    expect(stages).toMatchObject([{ stage: 'extract', shards: 6, done: 5, failed: 1 }]);
    renameSync(`${missing}-away`, missing);
    const again = oasisFull(...runArguments(out), ...queue);
    expect(await again.ended).toBe(1);
    const retried = oasisFull('retry-failed', '--out', out);
    await retried.ended;
    expect(retried.said()).toMatch(/1 shards will be retried/);
    const resumed = oasisFull(...runArguments(out), ...queue, '--json');
    expect(await resumed.ended, resumed.said()).toBe(0);
    const events = resumed
      .said()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });
    expect(events.map(({ event }) => event)).toContain('shard');
    expect(resultOf(out)).toEqual(reference);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toBe(0);
    expect(worker.said()).toMatch(/Stopped\. The shards in progress are finished/);
  });
});
