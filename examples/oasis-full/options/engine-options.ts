import { availableParallelism } from 'node:os';
import { choice, defaultsOf, numeric, toggle, type ValuesOf, words } from './declaration.js';

/** Stages after which a run may end on purpose. */
export const stageNames = ['corpus', 'annotation', 'refinement'] as const;
export type StageName = (typeof stageNames)[number];

export const defaultWorkers = (): number => Math.max(1, availableParallelism());

const count = { integer: true, minimum: 1 };

/** Where and how a run is computed; none of it changes the result, so none is part of a key. */
export const engineDeclarations = {
  engine: choice(
    '--engine <name>',
    'where shards run: threads of this process, or workers on any machine; what runs models is --model-engine',
    ['in-process', 'bullmq'],
    'in-process',
  ),
  // It may hold a password and is stored nowhere.
  connection: words(
    '--connection <url>',
    'the queue of --engine bullmq: redis://…, valkey://… or postgres://…',
    null,
  ),
  workers: numeric('--workers <n>', 'threads of this process', count, defaultWorkers()),
  shardSize: numeric(
    '--shard-size <n>',
    'minimum functions per shard; repositories are never divided',
    count,
    1000,
  ),
  until: {
    ...words<StageName | null>('--until <stage>', 'end after this stage', null),
    choices: stageNames,
  },
  json: toggle('--json', 'progress as one JSON object per line'),
};

export type EngineOptions = ValuesOf<typeof engineDeclarations>;

export const engineDefaults: EngineOptions = defaultsOf(engineDeclarations);
