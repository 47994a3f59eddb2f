import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const NEVER: ReadonlySet<string> = new Set(['.git', '.hg', '.svn']);

/** What lies in a folder, in short. */
export interface TreeState {
  /** Changes with any file's name, size or time. */
  readonly digest: string;
  /** When the last of them changed, in milliseconds since 1970. */
  readonly newest: number;
}

/**
 * Reads names, sizes and times of everything below a folder, no content.
 *
 * @param skipped Folders that are not looked into, from the root, each ending in `/`.
 * @throws Error where the root cannot be read.
 */
export const treeState = (root: string, skipped: ReadonlySet<string>): TreeState => {
  const hash = createHash('sha256');
  let newest = 0;
  const note = (path: string) => {
    const stats = statsOf(join(root, path));
    if (stats === undefined) return;
    // The second time changes where somebody keeps the first, as when one file takes another's place.
    hash.update(`${path}\0${stats.size}\0${stats.mtimeMs}\0${stats.ctimeMs}\n`);
    newest = Math.max(newest, stats.mtimeMs, stats.ctimeMs);
  };
  note('.git/info/exclude');
  const pending = [''];
  while (pending.length > 0) {
    const folder = pending.pop()!;
    for (const entry of entriesOf(join(root, folder), hash, folder === '')) {
      const path = `${folder}${entry.name}`;
      if (!entry.isDirectory()) note(path);
      else if (skipped.has(`${path}/`)) hash.update(`${path}/\n`);
      else if (!NEVER.has(entry.name)) pending.push(`${path}/`);
    }
  }
  return { digest: hash.digest('hex'), newest };
};

/** None of what is gone, or below a file: `.git` is one in a submodule and in a second work tree. */
const statsOf = (path: string) => {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
};

const entriesOf = (folder: string, hash: Hash, isRoot: boolean) => {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isRoot) throw error;
    hash.update(`${(error as NodeJS.ErrnoException).code}\n`);
    return [];
  }
};
