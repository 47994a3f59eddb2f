import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeRepository } from 'oasis-embed/corpus';
import type { OtherVersion } from 'oasis-embed/refinement';
import type { StoredFunction } from '../corpus/stored-function.js';

const identity = ({ path, qualifiedName }: Pick<StoredFunction, 'path' | 'qualifiedName'>): string =>
  `${path}\n${qualifiedName}`;

/** Where a folder has another version of a repository: as packages are installed, or beside each other. */
const placeOf = (folder: string, repository: string): string | undefined =>
  [join(folder, 'node_modules', repository), join(folder, repository)].find((path) => existsSync(path));

/**
 * The functions of a run as other versions of their repositories have them: the same path and qualified name.
 *
 * @throws Error when the folder has no other version of any repository.
 */
export const otherVersions = async (
  folder: string,
  functions: readonly Pick<StoredFunction, 'repository' | 'path' | 'qualifiedName' | 'code'>[],
): Promise<OtherVersion[]> => {
  const found: OtherVersion[] = [];
  const repositories = new Set(functions.map(({ repository }) => repository));
  let analyzed = 0;
  for (const repository of repositories) {
    const place = placeOf(folder, repository);
    if (place === undefined) continue;
    analyzed++;
    const analysis = await analyzeRepository(place, { repository });
    const codes = new Map<string, string | null>();
    // A name that stands twice says too little.
    for (const fn of analysis.functions)
      codes.set(identity(fn), codes.has(identity(fn)) || fn.hasSyntaxError === true ? null : fn.code);
    functions.forEach((fn, i) => {
      const code = fn.repository === repository ? (codes.get(identity(fn)) ?? null) : null;
      if (code !== null) found.push({ function: i, code });
    });
  }
  if (analyzed === 0)
    throw new Error(
      `--other-versions: expected folders of ${[...repositories].slice(0, 3).join(', ')} or others of the run's repositories, ` +
        `in ${folder} or its node_modules`,
    );
  return found;
};
