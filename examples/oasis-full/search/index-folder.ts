import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

/** Where indexes of folders are kept: they are made again from their folders at any time. */
const cacheRoot = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'oasis-full', 'indexes');

/** The place of the index of some folders, outside of them. */
export const indexFolderOf = (roots: readonly string[]): string => {
  const key = createHash('sha256')
    .update([...roots].sort().join('\0'))
    .digest('hex')
    .slice(0, 12);
  return join(cacheRoot(), `${basename(roots[0] ?? 'empty')}-${key}`);
};
