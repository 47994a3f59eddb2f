import type { Command } from 'commander';
import { numeric, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { modelEngine } from '../options/model-options.js';
import { json, runFolder } from '../options/run-folder.js';

export const addSearchCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'search',
    help: 'find the functions of a finished run that best answer a question',
    operand: ['<question...>', 'what the code should do, in words'],
    options: {
      run: runFolder('--run'),
      top: numeric('--top <n>', 'number of functions to show', { integer: true, minimum: 1 }, 5),
      repository: words<string | null>('--repository <name>', 'only functions of this repository', null),
      language: words<string | null>('--language <name>', 'only functions in this language', null),
      engine: modelEngine,
      json: json('one JSON object per line'),
    },
    async action({ repository, language, ...options }, question) {
      const { searchRun } = await import('../search/search-run.js');
      await searchRun({
        ...options,
        question,
        ...(repository === null ? {} : { repository }),
        ...(language === null ? {} : { language }),
      });
    },
  });
