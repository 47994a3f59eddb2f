import { existsSync } from 'node:fs';
import { type FileDigest, findDamage } from '../store/file-digests.js';
import type { RunFolder } from '../store/run-folder.js';
import { readSealedJson } from '../store/sealed-json.js';

/** What is searched, and the stages that left it. */
const SEARCHED: readonly (readonly [stage: string, folder: string])[] = [
  ['training', 'model/'],
  ['final-fit', 'final-fit/'],
  ['index', 'index/'],
];

/**
 * Holds index and model against what was written. Files above 64 MiB are compared by size and by samples, so that a
 * search need not wait for gigabytes; `oasis-full verify` reads all of them.
 *
 * @throws Error that names the first damaged file.
 */
export const requireWhole = async (run: RunFolder): Promise<void> => {
  for (const [stage, folder] of SEARCHED) {
    const marker = run.marker(stage);
    // An index may be copied without the bookkeeping of its run.
    if (!existsSync(marker)) continue;
    const { files } = readSealedJson<{ readonly files: readonly FileDigest[] }>(marker);
    const searched = files.filter(({ path }) => path.startsWith(folder));
    const [damage] = await findDamage(run.root, searched, { sampled: true });
    if (damage !== undefined)
      throw new Error(`${run.at(damage.path)} ${damage.reason}; run the pipeline again`);
  }
};
