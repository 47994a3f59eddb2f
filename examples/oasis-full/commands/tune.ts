import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

/** Several numbers after one flag. */
const each =
  (parse: (text: string) => number) =>
  (text: string, previous: readonly number[] | undefined): readonly number[] => [
    ...(previous ?? []),
    parse(text),
  ];

export const addTuneCommand = (program: Command): void => {
  program
    .command('tune')
    .description('try values of K, the AST threshold and Δs on a finished run, by validation MRR')
    .option('--run <dir>', 'the run’s folder', defaults.out)
    .option('--negatives <k...>', 'values of K', each(numberOption({ integer: true, minimum: 1 })))
    .option(
      '--tree-ratio <r...>',
      'values of the AST threshold',
      each(numberOption({ minimum: 0, maximum: 1 })),
    )
    .option('--delta-s <Δs...>', 'values of Δs', each(numberOption({ above: 0, below: 1 })))
    .option(
      '--epochs <n>',
      'passes over the training docstrings (default: those of the run)',
      numberOption({ integer: true, minimum: 1 }),
    )
    .action(async ({ run, negatives = [], treeRatio = [], deltaS = [], epochs = null }) => {
      const { tuneRun } = await import('../pipeline/tune-run.js');
      const { withGuidance } = await import('../models/guidance.js');
      const { whileLocked } = await import('../store/run-lock.js');
      const folder = fromHere(run);
      const tune = () => tuneRun({ run: folder, negatives, treeRatio, deltaS, epochs });
      try {
        await (existsSync(folder) ? whileLocked(folder, 'tune', tune) : tune());
      } catch (error) {
        throw withGuidance(error);
      }
    });
};
