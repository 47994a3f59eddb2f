import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NetworkFault, startFaultProxy } from '../../../../test/annotation/servers/fault-proxy.js';
import { type ModelServer, startModelServer } from '../../../../test/annotation/servers/model-server.js';
import { watchService } from '../../models/watch-service.js';
import { oasisFull, writeRepositories } from '../engines/pipeline-process.js';

const encoder = join(process.env.OASIS_MODELS!, 'all-MiniLM-L6-v2');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-servers-'));
let server: ModelServer;
let repositories: string[] = [];
beforeAll(async () => {
  repositories = writeRepositories(scratch, 3, 5);
  server = await startModelServer('sentence-transformers', encoder);
});
afterAll(async () => {
  await server?.kill();
  rmSync(scratch, { recursive: true, force: true });
});

const runWith = (out: string, baseUrl: string, ...more: string[]) =>
  oasisFull(
    ...['--repos', ...repositories, '--out', join(scratch, out), '--until', 'refinement'],
    ...['--embedding-model', 'encoder', '--base-url', baseUrl, '--threshold', '0.5', '--negatives', '2'],
    ...more,
  );

const faults: readonly NetworkFault[] = [
  { kind: 'reset', when: 'within' },
  { kind: 'cut' },
  { kind: 'answer', status: 503, headers: { 'retry-after': '0' } },
];

describe('a run whose labels come from a real server', () => {
  it('leaves the same dataset through a rough network', async () => {
    const proxy = await startFaultProxy(server.origin, ({ number }) =>
      number % 2 === 0 ? faults[(number / 2) % faults.length]! : null,
    );
    const [plain, rough] = [runWith('plain', `${server.origin}/v1`), runWith('rough', proxy.baseUrl)];
    expect(await plain.ended, plain.said()).toBe(0);
    expect(await rough.ended, rough.said()).toBe(0);
    expect(proxy.paths.length).toBeGreaterThan(proxy.arrived.size);
    const datasetOf = (out: string) =>
      readdirSync(join(scratch, out, 'dataset'), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.parquet'))
        .sort()
        .map((name) => readFileSync(join(scratch, out, 'dataset', name)));
    expect(datasetOf('plain')).not.toEqual([]);
    expect(datasetOf('rough')).toEqual(datasetOf('plain'));
    await proxy.close();
  });

  it('says of an answer that takes too long what to change', async () => {
    const proxy = await startFaultProxy(server.origin, () => ({ kind: 'slow', pieces: 3, waitMs: 2000 }));
    const run = runWith('late', proxy.baseUrl, '--timeout', '0.5', '--attempts', '1');
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(
      /no complete answer within 500 ms\nFix the cause \(where answers only come late: a longer --timeout or less --concurrency\)/,
    );
    await proxy.close();
  });

  it('is stopped by SIGTERM within seconds while it waits for an answer, and goes on afterwards', async () => {
    const proxy = await startFaultProxy(server.origin, () => ({ kind: 'slow', pieces: 2, waitMs: 60_000 }));
    const run = runWith('stopped', proxy.baseUrl, '--workers', '1');
    while (!proxy.paths.some((path) => path.endsWith('/embeddings')) && run.child.exitCode === null)
      await sleep(20);
    const asked = performance.now();
    run.child.kill('SIGTERM');
    expect(await run.ended, run.said()).toBe(130);
    expect(performance.now() - asked).toBeLessThan(12_000);
    expect(run.said()).toMatch(/Finished work is kept: run the same command again to resume/);
    await proxy.close();
  });

  it('tells a server that is slow from one that is gone', async () => {
    const said: string[] = [];
    const slow = await startFaultProxy(server.origin, ({ path }) =>
      path.endsWith('/models') ? null : { kind: 'slow', pieces: 1, waitMs: 1500 },
    );
    const ask = async (baseUrl: string) => {
      const watch = watchService(baseUrl, (text) => said.push(text), 200);
      const body = JSON.stringify({ model: 'encoder', input: ['sort a list'] });
      const answer = await watch
        .fetch(`${baseUrl}/embeddings`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json' },
        })
        .then((response) => response.text(), String);
      watch.close();
      return answer;
    };
    await ask(slow.baseUrl);
    expect(said.join('\n')).toMatch(
      /1 request waits for an answer, .* it is alive \(status 200 for GET \/models\)/,
    );
    await slow.close();
    // A server that took the request and is gone: nothing comes, and nobody answers.
    said.length = 0;
    const gone = createServer((socket) => void socket.on('error', () => {})).listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const baseUrl = `http://127.0.0.1:${(gone.address() as AddressInfo).port}/v1`;
    const watch = watchService(baseUrl, (text) => said.push(text), 200);
    const hanging = watch.fetch(`${baseUrl}/embeddings`, { signal: AbortSignal.timeout(7000) });
    await hanging.catch(() => {});
    watch.close();
    gone.close();
    expect(said[0]).toMatch(/1 request waits for an answer, .* it does not answer GET \/models either/);
  });
});
