import { toggle, words } from './declaration.js';
import { fromHere } from './from-here.js';
import { recipeDeclarations } from './run-options.js';

/** The folder of an earlier run: `--run`, or the operand where a command has no other; `--out` as for the run itself. */
export const runFolder = (help = 'folder of the run') =>
  words<string>('--run <dir>', help, recipeDeclarations.out.fallback, {
    convert: fromHere,
    alias: '--out <dir>',
    operand: true,
  });

/** A folder or file that may be left out. */
export const optionalPath = (flags: string, help: string) =>
  words<string | null>(flags, help, null, { convert: fromHere });

export const json = (help: string) => toggle('--json', help);
