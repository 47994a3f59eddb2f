import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../store/make-folder.js';
import { asStoreError } from '../store/store-error.js';

/** A random name that lies in a shared folder, so that whoever has the folder finds it. */
const sharedName = (path: string): string => {
  try {
    makeFolder(dirname(path));
    // The first to come names it; `wx` fails for everybody after.
    writeFileSync(path, randomBytes(6).toString('hex'), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw asStoreError(error, path);
  }
  return readFileSync(path, 'utf8').trim();
};

/** The name of a run, whatever the code. */
export const runId = (root: string): string => sharedName(join(root, 'shards', 'queue.id'));

/** The name of a folder of answers, which several runs may share. */
export const folderId = (folder: string): string => sharedName(join(folder, 'spend', 'ledger.id'));

/** The name of a run's queue; it carries the version of the code, so that a worker with other code takes no shards. */
export const queueName = (root: string, codeVersion: string): string =>
  `oasis-full-${runId(root)}-${codeVersion.slice(0, 12)}`;
