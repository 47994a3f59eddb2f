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

/** Checks that a path of an option is there and is what the option wants. */
const checkPath = (option: string, path: string, wanted: 'folder' | 'file') => {
  const expected = wanted === 'folder' ? 'a folder of code' : 'a JSONL file of functions';
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new Error(`${option}: expected ${expected}, received ${path}, which does not exist`);
  if (stats.isDirectory() !== (wanted === 'folder')) {
    const kind = stats.isDirectory() ? 'folder' : 'file';
    throw new Error(`${option}: expected ${expected}, received ${path}, which is a ${kind}`);
  }
  return stats;
};

/**
 * The user's own folders and files of functions, or the packages that the example pins.
 *
 * @param roots Folders of code, one repository each.
 * @param functionFiles JSONL files whose rows name their repositories.
 */
export const chooseRepositories = (
  roots: readonly string[],
  functionFiles: readonly string[],
): RepositorySource[] => {
  if (roots.length === 0 && functionFiles.length === 0) return defaultCorpus();
  for (const root of roots) checkPath('--repos', root, 'folder');
  const sizes = functionFiles.map((path) => checkPath('--functions', path, 'file'));
  const names = distinctNames([...roots, ...functionFiles]);
  return [
    ...roots.map((root, i) => ({ name: names[i]!, root, owner: names[i]!, version: fingerprint(root) })),
    ...functionFiles.map((root, i) => {
      const { size, mtimeMs } = sizes[i]!;
      const name = names[roots.length + i]!;
      return { kind: 'functions' as const, name, root, owner: name, version: `${size}-${mtimeMs}` };
    }),
  ];
};

/** Repositories of one owner stay on one side of the split: the part of a name before its slash, as on a forge. */
export const ownerByName = (repositories: readonly RepositorySource[]): ((repository: string) => string) => {
  const folders = repositories.filter(({ kind }) => kind !== 'functions');
  const known = new Map(folders.map(({ name, owner }) => [name, owner]));
  return (name) => known.get(name) ?? name.split('/', 1)[0]!;
};

/** `3 repositories, 2 files of functions`. */
export const describeSources = (repositories: readonly RepositorySource[]): string => {
  const files = repositories.filter(({ kind }) => kind === 'functions').length;
  const folders = repositories.length - files;
  const parts = [
    folders > 0 ? `${folders} ${folders === 1 ? 'repository' : 'repositories'}` : '',
    files > 0 ? `${files} ${files === 1 ? 'file' : 'files'} of functions` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
};
