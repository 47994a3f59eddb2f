import type { ModuleRequest } from '../language-definition.js';
import { folderOf } from './paths.js';

/**
 * The files of a package where folders follow its name, `a/b` for `a.b`: below any folder around the file that
 * asks. A class's own file comes first.
 */
export const packageFiles = (
  { module, path, filesIn, filesNamed }: ModuleRequest,
  extension: string,
): readonly string[] => {
  const parts = module.split('.');
  const last = parts.at(-1)!;
  const own = `${parts.join('/')}${extension}`;
  const files = filesNamed(last + extension).filter((file) => file === own || file.endsWith(`/${own}`));
  if (files.length > 0) return files;
  const below = parts.join('/');
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    const found = filesIn(folder === '' ? below : `${folder}/${below}`);
    if (found.length > 0 || folder === '') return found;
  }
};
