import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeJson } from '../store/json-files.js';

/** The model whose vectors a head reads: recorded in the head's folder, which does not hold it. */
export interface HeadBase {
  readonly folder: string;
  /** What stands before each query; null for what the model's own files say. */
  readonly queryPrompt: string | null;
}

const pathOf = (folder: string): string => join(folder, 'base.json');

export const writeHeadBase = (folder: string, base: HeadBase): Promise<void> =>
  writeJson(pathOf(folder), base);

/** @throws Error when the folder does not say which model it stands on, or that one is gone. */
export const readHeadBase = (folder: string): HeadBase => {
  const path = pathOf(folder);
  if (!existsSync(path)) {
    throw new Error(
      `${folder} holds a head, but not base.json, which names the model whose vectors it reads`,
    );
  }
  const base = JSON.parse(readFileSync(path, 'utf8')) as HeadBase;
  if (!existsSync(join(base.folder, 'config.json'))) {
    throw new Error(`${path}: expected the model whose vectors the head reads in ${base.folder}, found none`);
  }
  return base;
};
