import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { changedFiles } from '../numerics/index.js';
import { exists } from './read-files.js';

let foldersWritten = 0;

/**
 * Fills a folder with files so that it never looks whole while it is not.
 *
 * All files are written beside it first. A folder that was not there appears with one rename. In one that was there,
 * files that hold the same bytes stay, and a single other one, as the weights of a model that is saved again, is replaced
 * by one rename; several move one by one, `last` at the end, after the old `last` was taken away.
 *
 * @param files Relative paths, all of which `write` must have written under the folder it is given.
 * @param last The file without which nobody takes the folder for a model.
 */
export const writeFolder = async (
  directory: string,
  files: readonly string[],
  last: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> => {
  const target = resolve(directory);
  await mkdir(dirname(target), { recursive: true });
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}-${foldersWritten++}.tmp`);
  await mkdir(temporary);
  try {
    for (const file of files) await mkdir(dirname(join(temporary, file)), { recursive: true });
    await write(temporary);
    if (!(await exists(target))) {
      await rename(temporary, target);
      return;
    }
    const changed = await changedFiles(temporary, target, files);
    if (changed.length === 1) {
      await mkdir(dirname(join(target, changed[0]!)), { recursive: true });
      await rename(join(temporary, changed[0]!), join(target, changed[0]!));
    }
    if (changed.length <= 1) return;
    await rm(join(target, last), { force: true });
    for (const file of [...files.filter((name) => name !== last), last]) {
      await mkdir(dirname(join(target, file)), { recursive: true });
      await rename(join(temporary, file), join(target, file));
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
};
