import type { Command } from 'commander';
import { toggle } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere } from '../options/from-here.js';
import { engineOf } from '../options/model-engine.js';
import { json, optionalPath } from '../options/run-folder.js';
import { indexDeclarations, indexModel } from './search-place.js';

export const addIndexCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'index',
    help: 'make folders searchable in seconds, without training; run it again to update what changed',
    operand: ['<folder...>', 'folders of code, one file, or a folder that holds repositories'],
    options: {
      ...indexDeclarations,
      out: optionalPath(
        '--out <dir>',
        'the index’s own folder (default: in the user’s cache, found by search)',
      ),
      watch: toggle('--watch', 'stay, and update the index whenever a file changes'),
      json: json('one JSON object'),
    },
    async action(options, _text, folders) {
      if (options.device !== 'cpu' && options.model === null)
        throw new Error('--device needs --model: without one an index runs no transformer');
      const { indexCommand } = await import('../search/index-command.js');
      const model = indexModel(options.model);
      await indexCommand({ ...options, model, engine: engineOf(options), folders: folders.map(fromHere) });
    },
  });
