import type { Engine } from '../engine/engine.js';
import { createInProcessEngine } from '../engine/in-process-engine.js';
import { parseConnection, requireQueuePackages } from '../engine/queue-server.js';
import type { ShardTask } from '../engine/shard-task.js';
import type { EngineOptions } from '../options/engine-options.js';
import { isLocalChat, judgeModelOf, modelsInUse } from '../options/models-in-use.js';
import type { ShardKinds } from './shards/shard-kinds.js';

/** What a worker thread runs, beside this module in source and in build. */
export const shardThread = new URL(
  import.meta.url.endsWith('.ts') ? './shard-thread.ts' : './shard-thread.js',
  import.meta.url,
);

/** A chat model in this process is loaded once and takes the cores that it is given: all shards that ask it share it. */
const asksLocalChat = (task: ShardTask): boolean => {
  if (task.kind !== 'docstrings' && task.kind !== 'refine') return false;
  const models = (task as ShardTask<ShardKinds['docstrings' | 'refine']>).how;
  const uses = modelsInUse(models);
  return task.kind === 'docstrings'
    ? uses.chat && isLocalChat(models.chatModel)
    : uses.judge && isLocalChat(judgeModelOf(models));
};

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
      runsHere: asksLocalChat,
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
