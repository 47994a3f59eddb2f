import { readdirSync } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFolder } from '../../store/run-folder.js';

/** The dataset as Parquet files of the names that loaders of datasets expect; links where the disk has them. */
export const publishDataset = async (folder: RunFolder, files: readonly string[]): Promise<void> => {
  const target = folder.path('datasetParquet');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  const count = String(files.length).padStart(5, '0');
  for (const [i, from] of files.entries()) {
    const to = join(target, `train-${String(i).padStart(5, '0')}-of-${count}.parquet`);
    await link(from, to).catch(() => copyFile(from, to));
  }
};

/** The files that were published. */
export const publishedFiles = (folder: Pick<RunFolder, 'path'>): string[] => {
  const published = folder.path('datasetParquet');
  return readdirSync(published)
    .filter((file) => file.endsWith('.parquet'))
    .sort()
    .map((file) => join(published, file));
};
