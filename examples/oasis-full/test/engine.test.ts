import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { Interrupted } from '../engine/engine.js';
import { createInProcessEngine } from '../engine/in-process-engine.js';
import { createShardRunner } from '../engine/run-shards.js';
import { createShardFolder } from '../engine/shard-folder.js';
import type { ShardFunction } from '../engine/shard-function.js';
import { type ShardKind, type ShardTask, shardName, shardTask } from '../engine/shard-task.js';
import { readStatus, retryFailed } from '../engine/status.js';
import { StoreError } from '../store/store-error.js';
import { createJsonProgress } from '../terminal/progress.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-engine-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let folders = 0;
const newRoot = () => join(scratch, String(folders++));

/** Writes its option, and counts how often it was asked. */
const upper = () => {
  const asked: string[] = [];
  const run: ShardFunction = async ({ task, output }) => {
    asked.push(task.shard);
    writeFileSync(output('txt'), String(task.options).toUpperCase());
    return { rows: 1, usd: 0.5, summary: { length: String(task.options).length } };
  };
  return { asked, functions: { upper: async () => run } };
};
const tasksOf = (texts: readonly string[], code = 'code'): ShardTask[] =>
  texts.map((text, i) => shardTask({ stage: 'upper', shard: `s${i}`, inputs: [], options: text }, code));
const plan = async (root: string, tasks: readonly ShardTask[]) =>
  createShardFolder(root).writePlan('upper', tasks);
const retry = { attempts: 3, backoff: 1 };

describe('a shard’s key', () => {
  const base = { stage: 'a', shard: 'b', inputs: [{ path: 'x', sha256: '1' }], options: { k: 1 } };
  it('changes with options, inputs, code, stage and shard, and with nothing else', () => {
    const key = shardTask(base, 'code').key;
    expect(shardTask({ ...base }, 'code').key).toBe(key);
    const others = [
      shardTask({ ...base, options: { k: 2 } }, 'code'),
      shardTask({ ...base, inputs: [{ path: 'x', sha256: '2' }] }, 'code'),
      shardTask({ ...base, inputs: [] }, 'code'),
      shardTask({ ...base, stage: 'c' }, 'code'),
      shardTask({ ...base, shard: 'c' }, 'code'),
      shardTask(base, 'other'),
    ];
    expect(new Set([key, ...others.map((task) => task.key)]).size).toBe(7);
  });

  it('refuses names that a file or a queue would not take', () => {
    expect(() => shardTask({ ...base, shard: '../up' }, 'code')).toThrow(/received a\/\.\.\/up/);
    expect(shardName('@scope/name')).toMatch(/^scope_name-[0-9a-f]{8}$/);
    expect(shardName('a b')).not.toBe(shardName('a_b'));
  });
});

describe('the in-process engine', () => {
  it('does every shard once and keeps what is done', async () => {
    const root = newRoot();
    const { asked, functions } = upper();
    const engine = createInProcessEngine({ root, functions, threads: 1 });
    const first = await engine.runStage(tasksOf(['a', 'b', 'c']));
    expect(first.map(({ status }) => status)).toEqual(['done', 'done', 'done']);
    expect(readFileSync(join(root, 'shards/upper/s1.txt'), 'utf8')).toBe('B');
    const again = await engine.runStage(tasksOf(['a', 'changed', 'c']));
    expect(again.map(({ status }) => status)).toEqual(['kept', 'done', 'kept']);
    expect(asked).toEqual(['s0', 's1', 's2', 's1']);
    await engine.runStage(tasksOf(['a', 'changed', 'c'], 'new code'));
    expect(asked).toHaveLength(7);
  });

  it('does a shard again whose file is gone or was cut short', async () => {
    const root = newRoot();
    const { asked, functions } = upper();
    const engine = createInProcessEngine({ root, functions, threads: 1 });
    await engine.runStage(tasksOf(['aa', 'bb']));
    rmSync(join(root, 'shards/upper/s0.txt'));
    writeFileSync(join(root, 'shards/upper/s1.txt'), 'B');
    await engine.runStage(tasksOf(['aa', 'bb']));
    expect(asked).toEqual(['s0', 's1', 's0', 's1']);
    expect(readFileSync(join(root, 'shards/upper/s1.txt'), 'utf8')).toBe('BB');
  });

  it('tries again what fails for a while', async () => {
    const root = newRoot();
    const { functions } = upper();
    let failures = 2;
    const flaky: ShardFunction = async (context) => {
      if (failures-- > 0) throw new Error('not yet');
      return (await functions.upper())(context);
    };
    const lines: string[] = [];
    const engine = createInProcessEngine({
      root,
      functions: { upper: async () => flaky },
      threads: 1,
      retry,
    });
    const [outcome] = await engine.runStage(tasksOf(['a']), { onLine: (line) => lines.push(line) });
    expect(outcome?.status).toBe('done');
    expect(lines).toEqual(['upper s0: not yet; attempt 2 follows', 'upper s0: not yet; attempt 3 follows']);
  });

  it('gives up with a reason, leaves it alone afterwards, and takes it up after retry-failed', async () => {
    const root = newRoot();
    const { asked, functions } = upper();
    let broken = true;
    const run: ShardFunction = async (context) => {
      if (broken && context.task.shard === 's1') throw new Error('a bad file');
      return (await functions.upper())(context);
    };
    const engine = createInProcessEngine({ root, functions: { upper: async () => run }, threads: 1, retry });
    const tasks = tasksOf(['a', 'b', 'c']);
    await plan(root, tasks);
    const outcomes = await engine.runStage(tasks);
    expect(outcomes[1]).toMatchObject({
      status: 'failed',
      letter: { stage: 'upper', shard: 's1', reason: 'a bad file', attempts: 3 },
    });
    expect(readStatus(root)).toMatchObject([
      { stage: 'upper', shards: 3, done: 2, running: 0, failed: 1, rows: 2, usd: 1 },
    ]);
    broken = false;
    expect((await engine.runStage(tasks))[1]?.status).toBe('failed');
    expect(asked).toEqual(['s0', 's2']);
    await retryFailed(root);
    expect((await engine.runStage(tasks)).map(({ status }) => status)).toEqual(['kept', 'done', 'kept']);
    expect(readStatus(root)).toMatchObject([{ done: 3, failed: 0 }]);
  });

  it('stops at once where the disk refuses, and gives nobody up', async () => {
    const root = newRoot();
    const { functions } = upper();
    let full = true;
    const run: ShardFunction = async (context) => {
      if (full && context.task.shard === 's1') throw new StoreError('ENOSPC', '/x', 'the disk is full');
      return (await functions.upper())(context);
    };
    const engine = createInProcessEngine({ root, functions: { upper: async () => run }, threads: 1, retry });
    const tasks = tasksOf(['a', 'b', 'c']);
    await expect(engine.runStage(tasks)).rejects.toThrow('the disk is full');
    expect(readdirSync(join(root, 'shards/upper')).filter((name) => name.includes('failed'))).toEqual([]);
    full = false;
    expect((await engine.runStage(tasks)).map(({ status }) => status)).toEqual(['kept', 'done', 'done']);
  });

  it('finishes what is under way when it is stopped', async () => {
    const root = newRoot();
    const { functions } = upper();
    const engine = createInProcessEngine({
      root,
      functions: {
        upper: async () => async (context) => {
          engine.stop();
          return (await functions.upper())(context);
        },
      },
      threads: 1,
    });
    await expect(engine.runStage(tasksOf(['a', 'b']))).rejects.toThrow(Interrupted);
    expect(existsSync(join(root, 'shards/upper/s0.json'))).toBe(true);
    expect(existsSync(join(root, 'shards/upper/s1.json'))).toBe(false);
  });

  it('removes what killed workers left of a stage that is finished', async () => {
    const root = newRoot();
    const { functions } = upper();
    const engine = createInProcessEngine({ root, functions, threads: 1 });
    await engine.runStage(tasksOf(['a']));
    writeFileSync(join(root, 'shards/upper/.s0.txt.host-1-ab.tmp'), 'half');
    await engine.runStage(tasksOf(['a', 'b']));
    expect(readdirSync(join(root, 'shards/upper')).sort()).toEqual([
      's0.json',
      's0.txt',
      's1.json',
      's1.txt',
    ]);
  });
});

describe('a shard that several workers are given', () => {
  const [task] = tasksOf(['a']) as [ShardTask];
  const claimFile = (root: string) => join(root, 'shards/upper/s0.running.json');

  it('is left to the one at work, also within a process, and taken up when that one is done', async () => {
    const folder = createShardFolder(newRoot());
    const release = await folder.claimAmongWorkers(task, { silenceMs: 60_000 });
    const waitedFor: unknown[] = [];
    const next = folder.claimAmongWorkers(task, {
      silenceMs: 60_000,
      onWait: (holder) => waitedFor.push(holder?.pid),
    });
    await expect(Promise.race([next, sleep(300, 'waiting')])).resolves.toBe('waiting');
    expect(waitedFor).toEqual([process.pid]);
    release();
    (await next)();
    expect(existsSync(claimFile(folder.root))).toBe(false);
  });

  it('is taken at once from a process that is gone, and from another machine that has fallen silent', async () => {
    const folder = createShardFolder(newRoot());
    const holder = { key: task.key, worker: 'w', started: null, since: '' };
    (await folder.claimAmongWorkers(task, { silenceMs: 1 }))();
    writeFileSync(claimFile(folder.root), JSON.stringify({ ...holder, host: hostname(), pid: 2 ** 22 + 1 }));
    (await folder.claimAmongWorkers(task, { silenceMs: 60_000 }))();
    // Signs of life are told by change and not by time: the clocks of two machines may differ.
    const path = claimFile(folder.root);
    writeFileSync(path, JSON.stringify({ ...holder, host: 'elsewhere', pid: 1 }));
    const beat = setInterval(() => utimesSync(path, 1, performance.now() / 1000), 50);
    const taken = folder.claimAmongWorkers(task, { silenceMs: 400 });
    await expect(Promise.race([taken, sleep(600, 'waiting')])).resolves.toBe('waiting');
    clearInterval(beat);
    (await taken)();
  });
});

describe('a runner of shards', () => {
  it('names the shards that failed and says how to go on', async () => {
    const root = newRoot();
    const functions = {
      upper: async () => async () => {
        throw new Error('a bad file');
      },
    };
    const engine = createInProcessEngine({ root, functions, threads: 1, retry });
    const events: Record<string, unknown>[] = [];
    const progress = createJsonProgress({
      write: (line: string) => events.push(JSON.parse(line)) > 0,
    } as NodeJS.WritableStream);
    progress.startStage('test');
    const run = createShardRunner<{ upper: ShardKind }>(engine, root, 'code', progress);
    await expect(run('upper', [{ shard: 's0', inputs: [], options: 'a' }])).rejects.toThrow(
      /1 of 1 shards of upper failed for good:\n {2}s0: a bad file\n.*retry-failed/,
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        event: 'shard',
        stage: 'upper',
        shard: 's0',
        status: 'failed',
        reason: 'a bad file',
      }),
    );
  });
});
