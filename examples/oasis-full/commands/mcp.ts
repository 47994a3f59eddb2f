import type { Command } from 'commander';
import { defineCommand } from '../options/define-command.js';
import { fromHere } from '../options/from-here.js';
import { engineOf } from '../options/model-engine.js';
import { indexDeclarations, indexModel, placeDeclarations, usualPlaces } from './search-place.js';

export const addMcpCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'mcp',
    help: 'give agents a search over standard input and output (Model Context Protocol)',
    options: { ...placeDeclarations, ...indexDeclarations },
    async action({ engine: name, device, ...place }) {
      const engine = engineOf({ engine: name, device });
      const { chosenIndex } = await import('../search/chosen-index.js');
      const { mcpRun } = await import('../search/mcp-run.js');
      const run = await chosenIndex({
        ...place,
        model: indexModel(place.model),
        in: place.in.map(fromHere),
        engine,
        json: true,
        ...usualPlaces(),
      });
      await mcpRun({ run, engine });
    },
  });
