import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

export const addSearchCommand = (program: Command): void => {
  program
    .command('search')
    .description('answer a question from a finished run with its best functions')
    .argument('<question...>', 'what the code should do, in words')
    .option('--run <dir>', 'the run’s folder', defaults.out)
    .option('--top <n>', 'how many functions', numberOption({ integer: true, minimum: 1 }), 5)
    .option('--repository <name>', 'only functions of this repository')
    .option('--language <name>', 'only functions in this language')
    .option('--json', 'one JSON object a line', false)
    .action(async (question: string[], options) => {
      const { searchRun } = await import('../search/search-run.js');
      await searchRun({ ...options, question: question.join(' '), run: fromHere(options.run) });
    });
};
