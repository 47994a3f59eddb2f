import { join } from 'node:path';
import { sharedName } from './shared-name.js';

/** The name of a run, whatever the code. */
export const runId = (root: string): string => sharedName(join(root, 'shards', 'queue.id'));

/** The name of a folder of answers, which several runs may share. */
export const folderId = (folder: string): string => sharedName(join(folder, 'spend', 'ledger.id'));

/** The name of a run's queue; it carries the version of the code, so that a worker with other code takes no shards. */
export const queueName = (root: string, codeVersion: string): string =>
  `oasis-full-${runId(root)}-${codeVersion.slice(0, 12)}`;
