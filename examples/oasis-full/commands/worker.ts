import type { Command } from 'commander';
import { defaultWorkers } from '../options/engine-options.js';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

export const addWorkerCommand = (program: Command): void => {
  program
    .command('worker')
    .description('process the shards of a run with --engine bullmq, on any machine that has its folder')
    .requiredOption('--connection <url>', 'the queue: redis://…, valkey://… or postgres://…')
    .option('--out <dir>', 'the run’s folder as this machine sees it', defaults.out)
    .option(
      '--workers <n>',
      'shards at a time, one thread each',
      numberOption({ integer: true, minimum: 1 }),
      defaultWorkers(),
    )
    .option(
      '--lost-after <s>',
      'seconds of silence after which a shard goes to another worker',
      numberOption({ above: 0 }),
      30,
    )
    .option('--json', 'one JSON object per line', false)
    .action(async (options) => {
      const { runWorker } = await import('../pipeline/run-worker.js');
      await runWorker({ ...options, root: fromHere(options.out) });
    });
};
