import type { Command } from 'commander';
import { numeric, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { engineDeclarations } from '../options/engine-options.js';
import { json, runFolder } from '../options/run-folder.js';

export const addWorkerCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'worker',
    help: 'process the shards of a run with --engine bullmq, on any machine that has its folder',
    options: {
      connection: words<string>(
        '--connection <url>',
        'the queue: redis://…, valkey://… or postgres://…',
        '',
        {
          required: true,
        },
      ),
      run: runFolder('folder of the run, as this machine sees it'),
      workers: { ...engineDeclarations.workers, help: 'shards processed at once, one thread each' },
      lostAfter: numeric(
        '--lost-after <s>',
        'seconds of silence after which a shard goes to another worker',
        { above: 0 },
        30,
      ),
      json: json('one JSON object per line'),
    },
    async action({ run, ...options }) {
      const { runWorker } = await import('../pipeline/run-worker.js');
      await runWorker({ ...options, root: run });
    },
  });
