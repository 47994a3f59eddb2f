import { existsSync } from 'node:fs';
import { createRunFolder } from '../store/run-folder.js';
import { type IndexContents, makeIndex } from './index-command.js';
import { indexFolderOf } from './index-folder.js';
import { sourceFolders } from './source-folders.js';

/** Where to search: a run or an index, or folders. */
export interface SearchPlace extends IndexContents {
  /** A run's folder, or that of an index; null where none is named. */
  readonly run: string | null;
  /** Folders of code; empty where none is named. */
  readonly in: readonly string[];
  /** The folder that is searched where nothing is named: where the command was typed. */
  readonly here: string;
  /** The run that is searched where nothing is named and there is one. */
  readonly usualRun: string;
  readonly json: boolean;
}

const hasIndex = (root: string): boolean => existsSync(createRunFolder(root).path('indexManifest'));

/**
 * The folder of the index to search. Folders without an index get one.
 *
 * @throws Error for a run without an index, and where both a run and folders are named.
 */
export const chosenIndex = async ({
  run,
  in: folders,
  here,
  usualRun,
  json,
  ...contents
}: SearchPlace): Promise<string> => {
  if (run !== null && folders.length > 0)
    throw new Error('expected --run or --in, received both: a run has an index of its own');
  if (run !== null) return run;
  if (folders.length === 0 && hasIndex(usualRun)) return usualRun;
  const searched = folders.length === 0 ? [here] : folders;
  const place = indexFolderOf(
    sourceFolders(searched).map(({ root, only }) => (only === undefined ? root : `${root}/${only}`)),
  );
  if (hasIndex(place)) return place;
  const { done } = await makeIndex(searched, place, contents, json);
  process.stderr.write(
    json
      ? `${JSON.stringify({ event: 'indexed', entries: done.manifest.functions, seconds: done.seconds })}\n`
      : `indexed ${done.manifest.functions} ${done.manifest.functions === 1 ? 'entry' : 'entries'} in ${done.seconds.toFixed(1)} s; after changes: oasis-full index ${searched.join(' ')}\n`,
  );
  return place;
};
