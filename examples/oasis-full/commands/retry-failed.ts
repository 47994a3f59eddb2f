import type { Command } from 'commander';
import { defineCommand } from '../options/define-command.js';
import { runFolder } from '../options/run-folder.js';

export const addRetryFailedCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'retry-failed',
    help: 'list the shards that failed for good, with reasons, and let the next run retry them',
    options: { run: runFolder() },
    async action({ run }) {
      const { retryFailed } = await import('../engine/status.js');
      await retryFailed(run);
    },
  });
