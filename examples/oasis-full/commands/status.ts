import type { Command } from 'commander';
import { defaults } from '../options.js';
import { fromHere } from './paths.js';

export const addStatusCommand = (program: Command): void => {
  program
    .command('status')
    .description('say how far a run is: shards done, running and failed, rows and money a stage')
    .option('--out <dir>', 'the run’s folder', defaults.out)
    .option('--json', 'one JSON object', false)
    .action(async (options) => {
      const { printStatus } = await import('../engine/status.js');
      printStatus(fromHere(options.out), options.json);
    });
};
