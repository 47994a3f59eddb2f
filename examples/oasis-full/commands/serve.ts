import type { Command } from 'commander';
import { fromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';
import { defaults } from '../options/run-options.js';

const DEFAULT_PORT = 7274;

export const addServeCommand = (program: Command): void => {
  program
    .command('serve')
    .description('serve a finished run as a search page on this machine')
    .option('--run <dir>', 'the run’s folder', defaults.out)
    .option(
      '--port <n>',
      'port on 127.0.0.1; 0 picks a free one',
      numberOption({ integer: true, minimum: 0, maximum: 65_535 }),
      DEFAULT_PORT,
    )
    .action(async ({ run, port }) => {
      const { serveRun } = await import('../serve/serve-run.js');
      await serveRun({ run: fromHere(run), port });
    });
};
