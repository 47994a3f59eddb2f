import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { RunFolder } from '../store/run-folder.js';
import { INDEX_FILES, openIndex } from './index-reader.js';

/** Vectors of texts that an earlier index has, by the hash of the text. */
export type KeptVectors = ReadonlyMap<string, Float32Array>;

/** Tells texts apart that a model reads. */
export const textKey = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);

const BATCH = 4096;

/** The vectors of the index in a folder, where it was made with this model; none of one that cannot be read. */
export const readKeptVectors = async (folder: RunFolder, model: string): Promise<KeptVectors> => {
  const kept = new Map<string, Float32Array>();
  if (!INDEX_FILES.every((file) => existsSync(folder.path(file)))) return kept;
  try {
    const index = await openIndex(folder);
    try {
      const { functions, model: earlier } = index.manifest;
      if (earlier !== model) return kept;
      for (let from = 0; from < functions; from += BATCH) {
        const rows = Array.from({ length: Math.min(BATCH, functions - from) }, (_, i) => from + i);
        for (const [i, { textKey: key }] of (await index.readFunctions(rows)).entries()) {
          if (key !== null) kept.set(key, index.exact.row(from + i));
        }
      }
    } finally {
      await index.close();
    }
  } catch {
    // A damaged index is made anew.
  }
  return kept;
};
