import type { Command } from 'commander';
import { numeric } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { modelEngine } from '../options/model-options.js';
import { runFolder } from '../options/run-folder.js';

const DEFAULT_PORT = 7274;

export const addServeCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'serve',
    help: 'serve a finished run as a search page on this machine',
    options: {
      run: runFolder('--run'),
      port: numeric(
        '--port <n>',
        'port on 127.0.0.1; 0 picks a free one',
        { integer: true, minimum: 0, maximum: 65_535 },
        DEFAULT_PORT,
      ),
      engine: modelEngine,
    },
    async action(options) {
      const { serveRun } = await import('../serve/serve-run.js');
      await serveRun(options);
    },
  });
