import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { defaults } from '../options/run-options.js';

export const addExplainCommand = (program: Command): void => {
  program
    .command('explain')
    .description('explain the label of a pair: similarity before and after, rules and verdict')
    .argument('<pair>', 'a pair’s id, as in dataset.jsonl and refinement.jsonl')
    .option('--run <dir>', 'the run’s folder', defaults.out)
    .action(async (pair: string, options) => {
      const { explainRun } = await import('../pipeline/explain-run.js');
      await explainRun({ pair, run: fromHere(options.run) });
    });
};
