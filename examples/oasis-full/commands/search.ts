import type { Command } from 'commander';
import { choice, numeric, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere } from '../options/from-here.js';
import { engineOf } from '../options/model-engine.js';
import { json } from '../options/run-folder.js';
import { indexDeclarations, indexModel, placeDeclarations, usualPlaces } from './search-place.js';

export const addSearchCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'search',
    help: 'find the code that best answers a question, in a run, an index or a folder',
    operand: ['<question...>', 'what the code should do, in words, or a name'],
    options: {
      ...placeDeclarations,
      top: numeric('--top <n>', 'number of entries to show', { integer: true, minimum: 1 }, 5),
      mode: choice(
        '--mode <mode>',
        'which evidence counts: words and model, the model alone, words alone',
        ['hybrid', 'dense', 'lexical'],
        'hybrid',
      ),
      by: choice(
        '--by <unit>',
        'what is asked for: entries, or files, so that further results of one file come late',
        ['entry', 'file'],
        'entry',
      ),
      repository: words<string | null>('--repository <name>', 'only entries of this repository', null),
      language: words<string | null>('--language <name>', 'only entries in this language', null),
      ...indexDeclarations,
      json: json('one JSON object per line'),
    },
    async action({ repository, language, top, mode, by, json, engine: name, device, ...place }, question) {
      const engine = engineOf({ engine: name, device });
      const { chosenIndex } = await import('../search/chosen-index.js');
      const { searchRun } = await import('../search/search-run.js');
      const run = await chosenIndex({
        ...place,
        model: indexModel(place.model),
        in: place.in.map(fromHere),
        engine,
        json,
        ...usualPlaces(),
      });
      await searchRun({
        question,
        run,
        top,
        mode,
        by,
        json,
        engine,
        ...(repository === null ? {} : { repository }),
        ...(language === null ? {} : { language: language.toLowerCase() }),
      });
    },
  });
