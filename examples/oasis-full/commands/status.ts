import type { Command } from 'commander';
import { defineCommand } from '../options/define-command.js';
import { json, optionalPath, runFolder } from '../options/run-folder.js';

export const addStatusCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'status',
    help: 'show the progress of a run: its stages in order, their shards, spending, and what search leaves out',
    options: {
      run: runFolder(),
      modelCache: optionalPath(
        '--model-cache <dir>',
        'folder of paid answers, if the run was given one (default: model-cache/ in the run’s folder)',
      ),
      json: json('one JSON object'),
    },
    async action({ run, modelCache, json }) {
      const { printStatus } = await import('../pipeline/run-status.js');
      printStatus(run, json, modelCache);
    },
  });
