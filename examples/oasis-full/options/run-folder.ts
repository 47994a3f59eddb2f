import { toggle, words } from './declaration.js';
import { fromHere } from './from-here.js';
import { recipeDeclarations } from './run-options.js';

/** The folder of an earlier run. */
export const runFolder = (flag: '--run' | '--out', help = 'folder of the run') =>
  words<string>(`${flag} <dir>`, help, recipeDeclarations.out.fallback, { convert: fromHere });

/** A folder or file that may be left out. */
export const optionalPath = (flags: string, help: string) =>
  words<string | null>(flags, help, null, { convert: fromHere });

export const json = (help: string) => toggle('--json', help);
