import { openSnapshot } from 'oasis-embed/hub';
import { createProgress } from '../terminal/progress.js';

export interface DownloadDataSetOptions {
  /** @defaultValue main */
  readonly revision?: string;
  /** Which tables are wanted, by their paths. */
  readonly include?: (path: string) => boolean;
  /** Whether a folder of the cache has all that is wanted. */
  readonly isComplete?: (folder: string) => Promise<boolean>;
}

const isTable = (path: string): boolean => /\.(parquet|jsonl?|ndjson|tsv)(\.(gz|zst))?$/.test(path);

/** The folder of a data set of the hub, from its cache or downloaded, with a bar. */
export const downloadDataSet = async (
  name: string,
  options: DownloadDataSetOptions = {},
): Promise<string> => {
  const { include = () => true, ...rest } = options;
  const progress = createProgress([name]);
  let started = false;
  const { folder, downloaded } = await openSnapshot(name, {
    ...rest,
    type: 'dataset',
    include: (path) => isTable(path) && include(path),
    onProgress: ({ file, done, total }) => {
      if (!started) progress.startStage(name);
      started = true;
      progress.update(done, total, file);
    },
  });
  if (started) progress.finishStage(`${(downloaded / 1e6).toFixed(1)} MB downloaded`);
  return folder;
};
