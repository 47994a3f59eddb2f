import type { Command } from 'commander';
import { defaultWorkers } from '../options/engine-options.js';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

export const addWorkerCommand = (program: Command): void => {
  program
    .command('worker')
    .description('take shards of a run with --engine bullmq, on any machine that has its folder')
    .requiredOption('--connection <url>', 'the queue: redis://…, valkey://… or postgres://…')
    .option('--out <dir>', 'the run’s folder as this machine sees it', defaults.out)
    .option(
      '--workers <n>',
      'shards at a time, a thread each',
      numberOption({ integer: true, minimum: 1 }),
      defaultWorkers(),
    )
    .option(
      '--lost-after <s>',
      'seconds without a sign of life after which a shard goes to another worker',
      numberOption({ above: 0 }),
      30,
    )
    .option('--json', 'one JSON object a line', false)
    .action(async (options) => {
      const { runWorker } = await import('../pipeline/run-worker.js');
      await runWorker({ ...options, root: fromHere(options.out) });
    });
};
