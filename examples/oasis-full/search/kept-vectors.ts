import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readJsonLines } from '../store/json-lines.js';
import type { RunFolder } from '../store/run-folder.js';
import type { IndexedFunction } from './index-format.js';
import { INDEX_FILES, openIndex } from './index-reader.js';

/** Vectors of texts that an earlier index has, by the hash of the text. */
export type KeptVectors = ReadonlyMap<string, Float32Array>;

/** Tells texts apart that a model reads. */
export const textKey = (text: string): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, 16);

/** The vectors of the index in a folder, where it was made with this model; none of one that cannot be read. */
export const readKeptVectors = async (folder: RunFolder, model: string): Promise<KeptVectors> => {
  const kept = new Map<string, Float32Array>();
  if (!INDEX_FILES.every((file) => existsSync(folder.path(file)))) return kept;
  try {
    const index = await openIndex(folder);
    try {
      const { functions, model: earlier } = index.manifest;
      if (earlier !== model) return kept;
      let row = 0;
      for await (const { textKey: key } of readJsonLines<IndexedFunction>(folder.path('indexFunctions'))) {
        if (row === functions) break;
        if (key !== null) kept.set(key, index.exact.row(row));
        row++;
      }
    } finally {
      await index.close();
    }
  } catch {
    // A damaged index is made anew.
  }
  return kept;
};
