import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { asStoreError, StoreError } from './store-error.js';

/**
 * Looks before any work is done whether a run could write its folder. Makes nothing.
 *
 * @throws StoreError, or an Error in one line, where it could not.
 */
export const requireWritable = (folder: string): void => {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  try {
    // Below a file there is no folder: the trailing dot says so on every system.
    accessSync(`${existing}/.`, constants.W_OK | constants.X_OK);
  } catch (error) {
    const refused = asStoreError(error, folder);
    if (refused instanceof StoreError) throw refused;
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    const where = existing === folder ? '' : `, but ${existing} is not writable`;
    throw new Error(`--out: expected a writable folder, received ${folder}${where} (${code})`, {
      cause: error,
    });
  }
};
