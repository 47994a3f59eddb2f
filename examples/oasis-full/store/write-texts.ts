import { dirname } from 'node:path';
import { writeTextFile } from 'oasis-embed/encoders';
import { makeFolder } from './make-folder.js';
import { asStoreError } from './store-error.js';

/** Texts that stay on disk, for `TextFile`. @throws StoreError where the disk refuses. */
export const writeTexts = async (
  path: string,
  texts: Iterable<string> | AsyncIterable<string>,
): Promise<number> => {
  try {
    makeFolder(dirname(path));
    return await writeTextFile(path, texts);
  } catch (error) {
    throw asStoreError(error, path);
  }
};
