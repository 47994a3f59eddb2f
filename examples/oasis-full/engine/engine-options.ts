import { availableParallelism } from 'node:os';
import type { Engine } from './engine.js';
import { createInProcessEngine } from './in-process-engine.js';

/** Where and how a run is computed; none of it changes the result. */
export interface EngineOptions {
  readonly engine: 'in-process' | 'bullmq';
  /** URL of the queue's server; it may hold a password and is stored nowhere. */
  readonly connection: string | null;
  /** Threads of this process. */
  readonly workers: number;
  /** Progress as one JSON object a line. */
  readonly json: boolean;
  /** Functions that a shard has at least, of whole repositories. */
  readonly shardSize: number;
  /** The last stage to run; null for all. */
  readonly until: StageName | null;
}

/** Stages after which a run may end on purpose. */
export const stageNames = ['corpus', 'annotation', 'refinement'] as const;
export type StageName = (typeof stageNames)[number];

export const defaultWorkers = (): number => Math.max(1, availableParallelism());

/** The engine of the options, and one for the steps that wait for a whole stage and run here in any case. */
export const createEngine = async (
  { engine, connection, workers }: EngineOptions,
  root: string,
  codeVersion: string,
): Promise<Engine> => {
  if (engine === 'in-process') {
    const { shardFunctions } = await import('../shards/index.js');
    return createInProcessEngine({ root, functions: shardFunctions, threads: workers });
  }
  if (connection === null)
    throw new Error('--engine bullmq needs --connection redis://… or postgres://…, received none');
  const [{ createBullMqEngine }, { parseConnection }, { queueName }] = await Promise.all([
    import('./bullmq-engine.js'),
    import('./queue-connection.js'),
    import('./run-queue.js'),
  ]);
  return createBullMqEngine({
    root,
    server: parseConnection(connection),
    queue: queueName(root, codeVersion),
  });
};
