import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../store/make-folder.js';
import { asStoreError } from '../store/store-error.js';

/**
 * The name of a run's queue. It lies in the shared folder, so that whoever has the folder finds the queue; and it
 * carries the version of the code, so that a worker with other code takes none of these shards.
 */
export const queueName = (root: string, codeVersion: string): string => {
  const path = join(root, 'shards', 'queue.id');
  try {
    makeFolder(join(root, 'shards'));
    // The first to come names it; `wx` fails for everybody after.
    writeFileSync(path, randomBytes(6).toString('hex'), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asStoreError(error, path);
  }
  return `oasis-full-${readFileSync(path, 'utf8').trim()}-${codeVersion.slice(0, 12)}`;
};
