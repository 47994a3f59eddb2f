import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing, type JsonObject, reasonOf } from './read-files.js';

/** The files of a model's folder, wherever they are: on a disk, behind a server, chosen in a page. */
export interface ModelFiles {
  /** Named in errors. */
  readonly root: string;
  /**
   * The bytes of a file, or null where there is none.
   *
   * @param name Relative to the folder, with `/`.
   */
  read(name: string): Promise<Uint8Array | null>;
}

/** The files of a folder on this machine. */
export const folderFiles = (root: string): ModelFiles => ({
  root,
  async read(name) {
    try {
      return await readFile(join(root, name));
    } catch (error) {
      if (isMissing(error)) return null;
      throw new Error(`cannot read ${join(root, name)}: ${reasonOf(error)}`, { cause: error });
    }
  },
});

/** A part of a path's names, joined as browsers can: nothing is looked up. */
export const joinNames = (...names: readonly string[]): string =>
  names.filter((name) => name !== '' && name !== '.').join('/');

/** The path of a file as errors name it. */
export const filePath = ({ root }: ModelFiles, name: string): string => joinNames(root, name);

/** @throws Error naming the file when there is none. */
export const readBytesOf = async (files: ModelFiles, name: string): Promise<Uint8Array> => {
  const bytes = await files.read(name);
  if (bytes === null) throw new Error(`cannot read ${filePath(files, name)}: no such file`);
  return bytes;
};

/** The text of a file, or null where there is none. */
export const readTextIfPresent = async (files: ModelFiles, name: string): Promise<string | null> => {
  const bytes = await files.read(name);
  return bytes === null ? null : new TextDecoder().decode(bytes);
};

/** @throws Error naming the file when it is missing or holds no JSON. */
export const readJsonOf = async (files: ModelFiles, name: string): Promise<unknown> => {
  const bytes = await readBytesOf(files, name);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`cannot read ${filePath(files, name)}: ${reasonOf(error)}`, { cause: error });
  }
};

/** @throws Error naming the file when it is missing or holds no JSON object. */
export const readObjectOf = async (files: ModelFiles, name: string): Promise<JsonObject> => {
  const value = await readJsonOf(files, name);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`cannot read ${filePath(files, name)}: not a JSON object`);
  }
  return value as JsonObject;
};
