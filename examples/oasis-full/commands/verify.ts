import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { defineCommand } from '../options/define-command.js';
import { json, optionalPath, runFolder } from '../options/run-folder.js';

export const addVerifyCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'verify',
    help: 'read every file of a run and name those that no longer hold what was written',
    options: {
      run: runFolder(),
      modelCache: optionalPath('--model-cache <dir>', 'folder of paid answers, if not the run’s own'),
      json: json('print one JSON object'),
    },
    async action({ run, modelCache, json }) {
      if (!existsSync(run))
        throw new Error(`--run: expected the folder of a run, received ${run}, which does not exist`);
      const { verifyRun } = await import('../pipeline/verify-run.js');
      const { createProgress } = await import('../terminal/progress.js');
      const progress = createProgress(['verify']);
      if (!json) progress.startStage('verify');
      const found = await verifyRun(run, { modelCache, ...(json ? {} : { onBytes: progress.update }) });
      const { files, bytes, damage, stages } = found;
      if (damage.length > 0) process.exitCode = 1;
      if (json) return console.log(JSON.stringify({ run, ...found }));
      progress.finishStage(`${files} files, ${(bytes / 1e6).toFixed(1)} MB`);
      if (files === 0) return console.log('The folder holds no finished stage.');
      for (const { path, reason } of damage) console.log(`${path} ${reason}`);
      if (damage.length === 0) console.log('Every file holds what was written.');
      else {
        const what =
          stages.length > 0 ? `${stages.join(', ')} and what depends on them` : 'what it needs of them';
        console.log(`\nRun the pipeline’s command again: it redoes ${what}.`);
      }
    },
  });
