import { parentPort } from 'node:worker_threads';
import { setSharedLimits } from '../models/shared-limits.js';
import { describeFailure, reviveFailure } from './failure.js';
import { createLimitClient } from './limit-calls.js';
import { runShard } from './run-shard.js';
import { createShardFolder } from './shard-folder.js';
import type { ShardFunctions } from './shard-function.js';
import type { ThreadAnswer, ThreadRequest } from './thread-pool.js';

/** Milliseconds between two notes of progress: a message a row would cost more than the row. */
const INTERVAL = 100;

/** What a worker thread does: one shard at a time, as the pool sends them. Elsewhere than in a worker thread, nothing. */
export const runPoolThread = (shardFunctions: ShardFunctions): void => {
  if (parentPort === null) return;
  const port = parentPort;
  const say = (answer: ThreadAnswer) => port.postMessage(answer);
  const asked = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let serial = 0;
  setSharedLimits(
    createLimitClient(
      (call) =>
        new Promise((resolve, reject) => {
          asked.set(serial, { resolve, reject });
          say({ kind: 'limit', serial: serial++, call });
        }),
    ),
  );
  port.on('message', async (request: ThreadRequest) => {
    if (request === 'close') {
      port.close();
      return;
    }
    if ('serial' in request) {
      const question = asked.get(request.serial);
      asked.delete(request.serial);
      if ('failure' in request) question?.reject(reviveFailure(request.failure));
      else question?.resolve(request.value);
      return;
    }
    const { root, task } = request;
    let last = 0;
    try {
      const load = shardFunctions[task.kind];
      if (load === undefined) throw new Error(`no function handles shards of kind ${task.kind}`);
      const record = await runShard(createShardFolder(root), task, await load(), {
        progress: (done, total, note) => {
          const now = performance.now();
          if (now - last < INTERVAL) return;
          last = now;
          say({ kind: 'progress', done, total, note });
        },
        line: (text) => say({ kind: 'line', text }),
      });
      say({ kind: 'done', record });
    } catch (error) {
      say({ kind: 'failed', failure: describeFailure(error) });
    }
  });
};
