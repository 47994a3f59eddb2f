import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { defaults } from '../options/run-options.js';

export const addRetryFailedCommand = (program: Command): void => {
  program
    .command('retry-failed')
    .description('list the shards that failed for good, with reasons, and let the next run retry them')
    .option('--out <dir>', 'the run’s folder', defaults.out)
    .action(async (options) => {
      const { retryFailed } = await import('../engine/status.js');
      await retryFailed(fromHere(options.out));
    });
};
