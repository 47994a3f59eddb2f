import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.js';
import { asStoreError } from './store-error.js';

/** Forces a file's or a folder's content to the disk. */
const sync = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder; the rename itself is still atomic.
    if (!['EINVAL', 'ENOTSUP', 'EBADF'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
};

const machine = hostname().replace(/[^\w-]/g, '_');

/** Distinct on every machine, so that two workers that redo one shard never write into one file. */
export const temporaryName = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${machine}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);

/**
 * Writes a file whole or not at all: `write` fills a temporary file beside it, which is synced and renamed.
 *
 * @throws StoreError where the disk is full or the folder cannot be written; nothing is left behind then.
 */
export const commitFile = async <T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> => {
  const temporary = temporaryName(path);
  try {
    makeFolder(dirname(path));
    const result = await write(temporary);
    await sync(temporary);
    await rename(temporary, path);
    await sync(dirname(path));
    return result;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw asStoreError(error, path);
  }
};
