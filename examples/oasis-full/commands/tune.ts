import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { numbers, numeric } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { runFolder } from '../options/run-folder.js';

const count = { integer: true, minimum: 1 };

export const addTuneCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'tune',
    help: 'try values of K, the AST threshold and Δs on a finished run, by validation MRR',
    options: {
      run: runFolder('--run'),
      negatives: numbers('--negatives <k...>', 'values of K (default: that of the run)', count),
      treeRatio: numbers('--tree-ratio <r...>', 'values of the AST threshold (default: that of the run)', {
        minimum: 0,
        maximum: 1,
      }),
      deltaS: numbers('--delta-s <Δs...>', 'values of Δs (default: that of the run)', { above: 0, below: 1 }),
      epochs: numeric(
        '--epochs <n>',
        'passes over the training docstrings (default: those of the run)',
        count,
        null,
      ),
    },
    async action(options) {
      const { tuneRun } = await import('../pipeline/tune-run.js');
      const { withGuidance } = await import('../models/guidance.js');
      const { whileLocked } = await import('../store/run-lock.js');
      const tune = () => tuneRun(options);
      try {
        await (existsSync(options.run) ? whileLocked(options.run, 'tune', tune) : tune());
      } catch (error) {
        throw withGuidance(error);
      }
    },
  });
