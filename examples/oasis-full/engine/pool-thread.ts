import { parentPort } from 'node:worker_threads';
import { shardFunctions } from '../shards/index.js';
import { describeFailure } from './failure.js';
import { runShard } from './run-shard.js';
import { createShardFolder } from './shard-folder.js';
import type { ThreadAnswer, ThreadRequest } from './thread-pool.js';

/** Milliseconds between two notes of progress: a message a row would cost more than the row. */
const INTERVAL = 100;

if (parentPort !== null) {
  const port = parentPort;
  const say = (answer: ThreadAnswer) => port.postMessage(answer);
  port.on('message', async (request: ThreadRequest) => {
    if (request === 'close') {
      port.close();
      return;
    }
    const { root, task } = request;
    let last = 0;
    try {
      const load = shardFunctions[task.stage];
      if (load === undefined) throw new Error(`no function does shards of the stage ${task.stage}`);
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
}
