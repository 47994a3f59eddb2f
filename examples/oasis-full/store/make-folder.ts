import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it. Node reports a read-only disk below a missing folder as ENOENT; asking the
 * nearest folder that exists gives the true reason.
 */
export const makeFolder = (folder: string): void => {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      let existing = folder;
      while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
      accessSync(existing, constants.W_OK);
    }
    throw error;
  }
};
