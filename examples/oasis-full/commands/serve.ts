import type { Command } from 'commander';
import { numeric } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere } from '../options/from-here.js';
import { engineOf } from '../options/model-engine.js';
import { indexDeclarations, indexModel, placeDeclarations, usualPlaces } from './search-place.js';

const DEFAULT_PORT = 7274;

export const addServeCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'serve',
    help: 'serve a run, an index or a folder as a search page on this machine',
    options: {
      ...placeDeclarations,
      port: numeric(
        '--port <n>',
        'port on 127.0.0.1; 0 picks a free one',
        { integer: true, minimum: 0, maximum: 65_535 },
        DEFAULT_PORT,
      ),
      ...indexDeclarations,
    },
    async action({ port, engine: name, device, ...place }) {
      const engine = engineOf({ engine: name, device });
      const { chosenIndex } = await import('../search/chosen-index.js');
      const { serveRun } = await import('../serve/serve-run.js');
      const run = await chosenIndex({
        ...place,
        model: indexModel(place.model),
        in: place.in.map(fromHere),
        engine,
        json: false,
        ...usualPlaces(),
      });
      await serveRun({ run, port, engine });
    },
  });
