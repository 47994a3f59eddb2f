import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
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

/** Gives a finished, synced file its name. */
const place = async (temporary: string, path: string): Promise<void> => {
  await rename(temporary, path);
  await sync(dirname(path));
};

const remove = (temporary: string): Promise<void> => rm(temporary, { force: true }).catch(() => {});

const machine = hostname().replace(/[^\w-]/g, '_');

/** @throws StoreError where the folder cannot be made. */
export const makeFolderOf = (path: string): void => {
  try {
    makeFolder(dirname(path));
  } catch (error) {
    throw asStoreError(error, path);
  }
};

/** Distinct on every machine, so that two workers that redo one shard never write into one file. */
const distinctName = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${machine}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`);

/**
 * Writes a file whole or not at all, for writers that take a path: `write` fills a temporary file beside it, which is
 * synced and renamed.
 *
 * @throws StoreError where the disk is full or the folder cannot be written; nothing is left behind then.
 */
export const commitFile = async <T>(path: string, write: (temporary: string) => Promise<T>): Promise<T> => {
  const temporary = distinctName(path);
  try {
    makeFolder(dirname(path));
    const result = await write(temporary);
    await sync(temporary);
    await place(temporary, path);
    return result;
  } catch (error) {
    await remove(temporary);
    throw asStoreError(error, path);
  }
};

/** A file that is written bit by bit and does not have its name yet. */
export interface PendingFile {
  readonly handle: FileHandle;
  /** Forces what was written to the disk. */
  finish(): Promise<void>;
  /** Gives the finished file its name. */
  place(): Promise<void>;
  /** Leaves nothing behind, and the file that had the name before as it was. */
  discard(): Promise<void>;
}

/**
 * Opens a file that one process writes bit by bit. Where several files belong together, all are finished before the
 * first is placed; for one alone there is {@link commitStream}. Its folder must be there.
 *
 * @throws StoreError where the folder cannot be written.
 */
export const openPendingFile = async (path: string): Promise<PendingFile> => {
  // One name per file: what a killed run left is overwritten by the run that resumes.
  const temporary = `${path}.tmp`;
  try {
    const handle = await open(temporary, 'w');
    return {
      handle,
      finish: async () => {
        await handle.sync();
        await handle.close();
      },
      place: () => place(temporary, path),
      discard: async () => {
        await handle.close().catch(() => {});
        await remove(temporary);
      },
    };
  } catch (error) {
    throw asStoreError(error, path);
  }
};

/**
 * Writes a file of any size whole or not at all, as it comes, and makes its folder where there is none.
 *
 * @throws StoreError where the disk is full or the folder cannot be written; nothing is left behind then.
 */
export const commitStream = async (
  path: string,
  fill: (handle: FileHandle) => Promise<void>,
): Promise<void> => {
  makeFolderOf(path);
  const pending = await openPendingFile(path);
  try {
    await fill(pending.handle);
    await pending.finish();
    await pending.place();
  } catch (error) {
    await pending.discard();
    throw asStoreError(error, path);
  }
};
