import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { languageOf } from 'oasis-embed/syntax';

/** A folder that is indexed, by the name that its entries carry. */
export interface SourceFolder {
  readonly name: string;
  readonly root: string;
  /** Only this file of it. */
  readonly only?: string;
}

const REPOSITORY_MARKS = ['.git', '.hg', '.svn'];
const isRepository = (folder: string): boolean =>
  REPOSITORY_MARKS.some((mark) => existsSync(join(folder, mark)));
const GIT_URL = /^(?:https?|ssh|git):\/\/|^[\w.-]+@[\w.-]+:/;

/**
 * The repositories directly in a folder that is none itself, as one clones them side by side. A folder with code of its own
 * beside them is none of that kind: it came without its history, and they are its submodules.
 */
const repositoriesIn = (folder: string): string[] => {
  if (isRepository(folder)) return [];
  const inside = readdirSync(folder, { withFileTypes: true });
  if (inside.some((entry) => entry.isFile() && languageOf(entry.name) !== null)) return [];
  return inside
    .filter((entry) => entry.isDirectory() && isRepository(join(folder, entry.name)))
    .map((entry) => join(folder, entry.name))
    .sort();
};

/** `app`, and where two have one name, `work/app` and `old/app`. */
const distinctNames = (roots: readonly string[]): string[] => {
  let names = roots.map((root) => basename(root));
  for (let depth = 2; depth <= 8 && new Set(names).size < names.length; depth++) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    names = names.map((name, i) =>
      counts.get(name)! > 1 ? roots[i]!.split(/[\\/]/).slice(-depth).join('/') : name,
    );
  }
  return names;
};

/**
 * What people name on the command line as folders to index: the same one twice counts once, a folder that holds repositories
 * stands for them, a file for itself.
 *
 * @throws Error for what does not exist, and for an address, with the command that gets it.
 */
export const sourceFolders = (paths: readonly string[]): SourceFolder[] => {
  const roots: string[] = [];
  const files = new Map<string, string>();
  for (const path of paths) {
    const address = /(?:https?|ssh|git):\/.*/.exec(path)?.[0] ?? path;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (GIT_URL.test(address.replace(/:\/(?!\/)/, '://')))
        throw new Error(
          `expected a folder, received an address: git clone --depth 1 ${address.replace(/:\/(?!\/)/, '://')} first`,
        );
      throw new Error(`expected a folder of code, received ${path}, which does not exist`);
    }
    const real = realpathSync(path);
    if (stats.isFile()) {
      roots.push(dirname(real));
      files.set(dirname(real), basename(real));
      continue;
    }
    const inside = repositoriesIn(real);
    roots.push(...(inside.length > 0 ? inside : [real]));
  }
  const distinct = [...new Set(roots)];
  const names = distinctNames(distinct);
  return distinct.map((root, i) => {
    const only = files.get(root);
    return { name: names[i]!, root, ...(only === undefined ? {} : { only }) };
  });
};
