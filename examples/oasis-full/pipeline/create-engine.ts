import type { Engine } from '../engine/engine.js';
import { createInProcessEngine } from '../engine/in-process-engine.js';
import { parseConnection, requireQueuePackages } from '../engine/queue-server.js';
import type { EngineOptions } from '../options/engine-options.js';

/** What a worker thread runs, beside this module in source and in build. */
export const shardThread = new URL(
  import.meta.url.endsWith('.ts') ? './shard-thread.ts' : './shard-thread.js',
  import.meta.url,
);

/** The engine of the options, and one for the steps that wait for a whole stage and run here in any case. */
export const createEngine = async (
  { engine, connection, workers }: Pick<EngineOptions, 'engine' | 'connection' | 'workers'>,
  root: string,
  codeVersion: string,
): Promise<Engine> => {
  if (engine === 'in-process') {
    const { shardFunctions } = await import('./shards/shard-functions.js');
    return createInProcessEngine({
      root,
      functions: shardFunctions,
      threads: workers,
      threadEntry: shardThread,
    });
  }
  if (connection === null)
    throw new Error('--engine bullmq needs --connection redis://… or postgres://…, received none');
  const server = parseConnection(connection);
  requireQueuePackages(server);
  const [{ createBullMqEngine }, { queueName }] = await Promise.all([
    import('../engine/bullmq-engine.js'),
    import('../engine/run-queue.js'),
  ]);
  return createBullMqEngine({
    root,
    server,
    queue: queueName(root, codeVersion),
  });
};
