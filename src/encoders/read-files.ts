import { readFile, stat } from 'node:fs/promises';

export type JsonObject = Readonly<Record<string, unknown>>;

export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/** @throws Error naming the file when it is missing or holds no JSON. */
export const readJson = async (path: string): Promise<unknown> => {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
};

/** @throws Error naming the file when it is missing or holds no JSON object. */
export const readJsonObject = async (path: string): Promise<JsonObject> => {
  const value = await readJson(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`cannot read ${path}: not a JSON object`);
  }
  return value as JsonObject;
};

/** A file's text, or null when there is no such file. */
export const readIfPresent = async (path: string): Promise<string | null> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return null;
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
};

/** As {@link readJsonObject}, or null when there is no such file. */
export const readJsonObjectIfPresent = async (path: string): Promise<JsonObject | null> =>
  (await readIfPresent(path)) === null ? null : readJsonObject(path);
