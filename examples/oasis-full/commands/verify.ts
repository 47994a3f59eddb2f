import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { addOptions, readOptions, toggle, words } from '../options/declaration.js';
import { fromHere } from '../options/from-here.js';
import { defaults } from '../options/run-options.js';

const declarations = {
  run: words('--run <dir>', 'the run’s folder', defaults.out, { convert: fromHere }),
  modelCache: words<string | null>(
    '--model-cache <dir>',
    'where the answers of models are kept, if the run was given a folder for them',
    null,
    { convert: fromHere },
  ),
  json: toggle('--json', 'one JSON object'),
};

export const addVerifyCommand = (program: Command): void => {
  const command = program
    .command('verify')
    .description('read every file of a run and name those that no longer hold what was written');
  addOptions(command, declarations).action(async () => {
    const { run, modelCache, json } = readOptions(command, declarations);
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
    else if (stages.length > 0)
      console.log(
        `\nRun the pipeline's command again: it redoes ${stages.join(', ')} and what depends on them.`,
      );
    else console.log('\nRun the pipeline’s command again: it redoes what it needs of them.');
  });
};
