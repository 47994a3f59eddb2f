import { type Command, Option, type OptionValues } from 'commander';
import { defaultWorkers, type EngineOptions, stageNames } from '../options/engine-options.js';
import { numberOption } from '../options/number-option.js';

interface EngineFlags {
  readonly engine: EngineOptions['engine'];
  readonly connection?: string;
  readonly workers: number;
  readonly shardSize: number;
  readonly until?: EngineOptions['until'];
  readonly json: boolean;
}

/** Options of where and how a run is computed; none of them changes its result. */
export const addEngineFlags = (command: Command): Command =>
  command
    .addOption(
      new Option('--engine <name>', 'where shards run: threads of this process, or workers on any machine')
        .choices(['in-process', 'bullmq'])
        .default('in-process')
        .helpGroup('Where it runs:'),
    )
    .addOption(
      new Option(
        '--connection <url>',
        'the queue of --engine bullmq: redis://…, valkey://… or postgres://…',
      ).helpGroup('Where it runs:'),
    )
    .addOption(
      new Option('--workers <n>', 'threads of this process')
        .argParser(numberOption({ integer: true, minimum: 1 }))
        .default(defaultWorkers())
        .helpGroup('Where it runs:'),
    )
    .addOption(
      new Option('--shard-size <n>', 'functions a shard has at least, of whole repositories')
        .argParser(numberOption({ integer: true, minimum: 1 }))
        .default(1000)
        .helpGroup('Where it runs:'),
    )
    .addOption(
      new Option('--until <stage>', 'end after this stage').choices(stageNames).helpGroup('Where it runs:'),
    )
    .addOption(
      new Option('--json', 'progress as one JSON object a line').default(false).helpGroup('Where it runs:'),
    );

/** Parts the options of the engine from those of the recipe. */
export const takeEngineFlags = <Flags extends OptionValues>(flags: Flags) => {
  const {
    engine,
    connection = null,
    workers,
    shardSize,
    until = null,
    json,
    ...rest
  } = flags as EngineFlags & Flags;
  const engineOptions: EngineOptions = { engine, connection, workers, shardSize, until, json };
  return { engineOptions, rest };
};
