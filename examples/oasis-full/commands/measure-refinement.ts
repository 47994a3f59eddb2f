import type { Command } from 'commander';
import { numeric, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere, modelFromHere } from '../options/from-here.js';
import { runFolder } from '../options/run-folder.js';

export const addMeasureRefinementCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'measure-refinement',
    help: 'plant known false negatives and known true ones, and report what the rules and judges of a finished run find',
    options: {
      run: runFolder(),
      perKind: numeric(
        '--per-kind <n>',
        'planted negatives of each kind',
        { integer: true, minimum: 1 },
        200,
      ),
      seed: numeric('--seed <n>', 'of what is planted', { integer: true }, 1),
      seeds: numeric(
        '--seeds <n>',
        'how often to plant anew, with that seed and the next ones',
        { integer: true, minimum: 1 },
        1,
      ),
      otherVersions: words<string | null>(
        '--other-versions <dir>',
        'a folder with other versions of the run’s repositories, or with a node_modules of them: the same functions there are planted too',
        null,
        { convert: fromHere },
      ),
      agreement: words<readonly string[]>(
        '--agreement <models...>',
        'judge by the agreement of these embedders as well: folders, ONNX files or owner/name on the hub',
        [],
        { convert: (names: readonly string[]) => names.map(modelFromHere) },
      ),
      pool: numeric(
        '--pool <n>',
        'functions of the run that --agreement ranks a candidate among',
        { integer: true, minimum: 1 },
        2000,
      ),
    },
    async action(options) {
      const { measureRefinement } = await import('../pipeline/measure-refinement.js');
      const { withGuidance } = await import('../models/guidance.js');
      const { whileLocked } = await import('../store/run-lock.js');
      try {
        await whileLocked(options.run, 'measure-refinement', () => measureRefinement(options));
      } catch (error) {
        throw withGuidance(error);
      }
    },
  });
