import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { defaults } from '../options/run-options.js';

export const addStatusCommand = (program: Command): void => {
  program
    .command('status')
    .description('say how far a run is: shards done, running and failed, rows and money a stage')
    .option('--out <dir>', 'the run’s folder', defaults.out)
    .option('--model-cache <dir>', 'where the run was given one: the ledger lies there')
    .option('--json', 'one JSON object', false)
    .action(async (options) => {
      const { printStatus } = await import('../engine/status.js');
      const { out, json, modelCache } = options;
      printStatus(fromHere(out), json, modelCache === undefined ? null : fromHere(modelCache));
    });
};
