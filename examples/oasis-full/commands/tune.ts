import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { numeric } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { runFolder } from '../options/run-folder.js';
import { tunedDeclarations } from '../options/tuned-options.js';

const count = { integer: true, minimum: 1 };

export const addTuneCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'tune',
    help: 'try values of K, the AST threshold, Δs and the options of CoSENT on a finished run, by validation MRR',
    options: {
      run: runFolder(),
      ...tunedDeclarations,
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
