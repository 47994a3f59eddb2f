import { availableParallelism } from 'node:os';

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
