import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { makeFolder } from './make-folder.js';
import { asStoreError } from './store-error.js';

/** @throws Error that names the file where it is no JSON. */
export const readJson = <T>(path: string): T => {
  const text = readFileSync(path, 'utf8');
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`, { cause: error });
  }
};

export const readJsonIfThere = <T>(path: string): T | null => (existsSync(path) ? readJson<T>(path) : null);

/** Whole or not at all: temporary file, fsync, rename. */
export const writeText = async (path: string, text: string): Promise<void> => {
  try {
    makeFolder(dirname(path));
    await writeFileAtomic(path, text);
  } catch (error) {
    throw asStoreError(error, path);
  }
};

/** {@link writeText} for those who cannot wait. */
export const writeTextSync = (path: string, text: string, mode: number): void => {
  try {
    makeFolder(dirname(path));
    writeFileAtomic.sync(path, text, { mode });
  } catch (error) {
    throw asStoreError(error, path);
  }
};

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeText(path, `${JSON.stringify(value, null, 2)}\n`);
