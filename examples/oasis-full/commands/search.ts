import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

export const addSearchCommand = (program: Command): void => {
  program
    .command('search')
    .description('find the functions of a finished run that best answer a question')
    .argument('<question...>', 'what the code should do, in words')
    .option('--run <dir>', 'the run’s folder', defaults.out)
    .option('--top <n>', 'how many functions', numberOption({ integer: true, minimum: 1 }), 5)
    .option('--repository <name>', 'only functions of this repository')
    .option('--language <name>', 'only functions in this language')
    .option('--json', 'one JSON object per line', false)
    .action(async (question: string[], options) => {
      const { searchRun } = await import('../search/search-run.js');
      await searchRun({ ...options, question: question.join(' '), run: fromHere(options.run) });
    });
};
