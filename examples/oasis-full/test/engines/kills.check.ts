/**
 * Runs the sharded stages on real servers while workers, the coordinator and the server are killed. Not part of
 * `npm test`: it needs redis-server and PostgreSQL, which it starts on loopback.
 *
 *   npx vitest run --project engines
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withDuckDb } from '../../store/duckdb.js';
import { oasisFull, type PipelineProcess, resultOf, writeRepositories } from './pipeline-process.js';
import { queueServers, type TestServer } from './servers.js';

/** Moments at which something is killed, over both servers. */
const KILLS = Number(process.env.OASIS_KILLS ?? 50);
const WORKERS = 3;
const seed = Number(process.env.OASIS_SEED ?? Date.now() % 1e6);

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-kills-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const repositories = writeRepositories(join(scratch, 'repositories'), 18, 12);
const runArguments = (out: string) => [
  'run',
  '--repos',
  ...repositories,
  '--out',
  out,
  '--until',
  'refinement',
  '--threshold',
  '0.7',
  '--label-dimensions',
  '16',
  '--shard-size',
  '12',
];

let reference: Record<string, string>;
beforeAll(async () => {
  const out = join(scratch, 'reference');
  const run = oasisFull(...runArguments(out), '--workers', '2');
  expect(await run.ended, run.said()).toBe(0);
  reference = resultOf(out);
  expect(Object.keys(reference).length).toBeGreaterThan(60);
});

/** Every pair once: none lost, none doubled. */
const expectWholeDataset = async (out: string) => {
  const rows = readFileSync(join(out, 'dataset.jsonl'), 'utf8').trimEnd().split('\n').length;
  const [[count, distinct, last]] = (await withDuckDb(
    async (connection) =>
      (
        await connection.runAndReadAll(
          `SELECT count(*)::INT, count(DISTINCT pair)::INT, max(pair)::INT FROM read_parquet('${out}/dataset/*.parquet')`,
        )
      ).getRows() as [number, number, number][],
  )) as [[number, number, number]];
  expect([count, distinct, last + 1]).toEqual([rows, rows, rows]);
};

const underKills = async (server: TestServer, kills: number): Promise<number> => {
  let state = seed;
  const random = () => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return state / 2147483648;
  };
  let left = kills;
  let runs = 0;
  let restarted = false;
  while (left > 0) {
    const out = join(scratch, `${server.kind}-${runs++}`);
    const startWorker = () =>
      oasisFull('worker', '--connection', server.url, '--out', out, '--workers', '1', '--lost-after', '2');
    const startCoordinator = () =>
      oasisFull(...runArguments(out), '--engine', 'bullmq', '--connection', server.url);
    const workers = Array.from({ length: WORKERS }, startWorker);
    let coordinator: PipelineProcess = startCoordinator();
    for (;;) {
      const pause = 100 + random() * 1200;
      const code = await Promise.race([coordinator.ended, sleep(pause, null)]);
      if (code === 0) break;
      if (code !== null)
        throw new Error(`the coordinator ended with ${code} (seed ${seed}):\n${coordinator.said()}`);
      if (left === 0) continue;
      left--;
      if (!restarted && left < kills / 2) {
        restarted = true;
        await server.restart();
      }
      const victim = Math.floor(random() * (WORKERS + 1));
      const killed = victim === WORKERS ? coordinator : workers[victim]!;
      killed.child.kill('SIGKILL');
      await killed.ended;
      if (victim === WORKERS) coordinator = startCoordinator();
      else workers[victim] = startWorker();
    }
    for (const worker of workers) worker.child.kill('SIGKILL');
    await Promise.all(workers.map((worker) => worker.ended));
    expect(resultOf(out), `seed ${seed}`).toEqual(reference);
    await expectWholeDataset(out);
    rmSync(out, { recursive: true, force: true });
  }
  expect(restarted).toBe(true);
  return runs;
};

describe.each(queueServers)('the sharded stages on %s', (name, start) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server?.stop());

  it('leave the bytes of the in-process run, whoever is killed', async () => {
    const started = Date.now();
    const runs = await underKills(server, Math.ceil(KILLS / 2));
    console.log(
      `${name}: ${Math.ceil(KILLS / 2)} kills over ${runs} runs in ${(Date.now() - started) / 1000} s`,
    );
  });
});
