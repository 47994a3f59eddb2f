import { createHash } from 'node:crypto';
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defaultCorpus, type RepositorySource } from './default-corpus.js';

const skipped = new Set(['.git', 'node_modules']);

/** Paths, sizes and times of a folder's files: changes when the code changed, at the price of a directory walk. */
const fingerprint = (root: string): string => {
  const hash = createHash('sha256');
  const walk = (folder: string) => {
    let entries: Dirent[];
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return; // Unreadable now: the corpus stage reports it.
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      else if (entry.isFile()) {
        const stats = statSync(path, { throwIfNoEntry: false });
        if (stats !== undefined) hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\n`);
      }
    }
  };
  walk(root);
  return hash.digest('hex');
};

/** Two folders of one name are told apart by a number: the name is part of every function's id. */
const distinctNames = (roots: readonly string[]): string[] => {
  const seen = new Map<string, number>();
  return roots.map((root) => {
    const name = basename(root);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  });
};

/** The user's own folders, or the packages that the example pins. */
export const chooseRepositories = (roots: readonly string[]): RepositorySource[] => {
  if (roots.length === 0) return defaultCorpus();
  for (const root of roots) {
    const stats = statSync(root, { throwIfNoEntry: false });
    if (stats === undefined)
      throw new Error(`--repos: expected a folder of code, received ${root}, which does not exist`);
    if (!stats.isDirectory())
      throw new Error(`--repos: expected a folder of code, received ${root}, which is a file`);
  }
  const names = distinctNames(roots);
  return roots.map((root, index) => {
    const name = names[index]!;
    return { name, root, owner: name, version: fingerprint(root) };
  });
};
