import { numeric, repeated, toggle, words } from '../options/declaration.js';
import { fromHere, modelFromHere } from '../options/from-here.js';
import { modelEngineDeclarations } from '../options/model-engine.js';
import { optionalPath } from '../options/run-folder.js';
import { recipeDeclarations } from '../options/run-options.js';
import { installedGeneralModel } from '../store/general-model.js';

/** Names no model: words alone. */
const NO_MODEL = 'none';

/** What a folder's index is made of: shared by `index` and by what makes one when it is asked. */
export const indexDeclarations = {
  model: words<string | null>(
    '--model <dir>',
    'model whose vectors join the words: a checkpoint, a run, owner/name on the hub, or none (default: the general model where it is installed, else words alone)',
    null,
    { convert: ((text: string) => (text === NO_MODEL ? text : modelFromHere(text))) as never },
  ),
  includeTests: toggle('--include-tests', 'index tests as well'),
  exclude: repeated(
    '--exclude <pattern>',
    'files and folders to leave out, as in .gitignore; may be repeated',
  ),
  maxFileKilobytes: numeric(
    '--max-file-kb <n>',
    'larger files are left out',
    { integer: true, minimum: 1 },
    1024,
  ),
  ...modelEngineDeclarations,
};

/** The model that an index is made with; null for words alone. */
export const indexModel = (named: string | null): string | null =>
  named === NO_MODEL ? null : (named ?? installedGeneralModel());

/** Where to search. */
export const placeDeclarations = {
  run: optionalPath(
    '--run <dir>',
    'folder of a run or an index (default: runs/oasis-full where there is one, else the folder where you are)',
  ),
  in: repeated('--in <folder>', 'folder of code; without an index it gets one first; may be repeated'),
};

/** What is searched where nothing is named. */
export const usualPlaces = (): { readonly here: string; readonly usualRun: string } => ({
  here: fromHere('.'),
  usualRun: fromHere(recipeDeclarations.out.fallback),
});
