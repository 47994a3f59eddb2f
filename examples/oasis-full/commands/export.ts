import type { Command } from 'commander';
import { choice, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere, modelFromHere } from '../options/from-here.js';
import { runFolder } from '../options/run-folder.js';

export const addExportCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'export',
    help: 'write the labeled pairs of a finished run with a script that trains on them elsewhere, on several GPUs or machines',
    options: {
      run: runFolder(),
      trainer: choice('--trainer <name>', 'who trains', ['sentence-transformers'], 'sentence-transformers'),
      out: words<string>('--out <dir>', 'folder for dataset/, settings.json and train.py', 'runs/training', {
        convert: fromHere,
      }),
      model: words<string | null>(
        '--model <model>',
        'a folder or owner/name on the hub to start from (default: the run’s --encoder)',
        null,
        { convert: modelFromHere },
      ),
    },
    async action({ run, out, model }) {
      const { exportTraining } = await import('../pipeline/trainers/export-training.js');
      const files = await exportTraining({ run, out, model });
      console.log(`${out}: ${files.join(', ')}`);
      console.log('\nTrain     python train.py, or torchrun --nproc-per-node 8 train.py');
      console.log(`Evaluate  oasis-full evaluate --model ${out}/model …`);
    },
  });
