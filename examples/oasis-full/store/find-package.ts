import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Looks for an installed package the way Node does, without asking for its `exports`. */
export const findPackage = (name: string, from: string): string | null => {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return realpathSync(candidate);
    if (dirname(folder) === folder) return null;
  }
};
