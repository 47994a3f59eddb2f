import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { defaults } from '../options/run-options.js';

export const addStatusCommand = (program: Command): void => {
  program
    .command('status')
    .description('show the progress of a run: shards done, running and failed, rows and spending per stage')
    .option('--out <dir>', 'the run’s folder', defaults.out)
    .option(
      '--model-cache <dir>',
      'where the answers of models are kept, if the run was given a folder for them',
    )
    .option('--json', 'one JSON object', false)
    .action(async (options) => {
      const { printStatus } = await import('../engine/status.js');
      const { out, json, modelCache } = options;
      printStatus(fromHere(out), json, modelCache === undefined ? null : fromHere(modelCache));
    });
};
