import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { makeFolder } from './make-folder.js';
import { asStoreError } from './store-error.js';

const openToWrite = async (temporary: string, path: string) => {
  try {
    makeFolder(dirname(path));
    return await open(temporary, 'w');
  } catch (error) {
    throw asStoreError(error, path);
  }
};

/** Streams rows to a JSONL file of any size, whole or not at all. Returns the SHA-256 of its bytes. */
export const writeJsonLines = async (
  path: string,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<string> => {
  // One name a file: what a killed run left is written over by the run that goes on.
  const temporary = `${path}.tmp`;
  const hash = createHash('sha256');
  const file = await openToWrite(temporary, path);
  try {
    let chunk = '';
    const flush = async () => {
      hash.update(chunk);
      await file.writeFile(chunk);
      chunk = '';
    };
    for await (const row of rows) {
      chunk += `${JSON.stringify(row)}\n`;
      if (chunk.length > 1 << 20) await flush();
    }
    await flush();
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw asStoreError(error, path);
  }
  return hash.digest('hex');
};

/** Reads a JSONL file row by row; a malformed row is an error that names file and line. */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let number = 0;
  for await (const line of lines) {
    number++;
    if (line === '') continue;
    try {
      yield JSON.parse(line) as T;
    } catch (error) {
      throw new Error(`${path}:${number}: not a JSON value (${(error as Error).message})`);
    }
  }
}

export const readAllJsonLines = async <T>(path: string): Promise<T[]> => {
  const rows: T[] = [];
  for await (const row of readJsonLines<T>(path)) rows.push(row);
  return rows;
};

/** The rows of a JSONL file whose ids are asked for; reading ends with the last of them. */
export const jsonLinesById = async <Row extends { readonly id: string }>(
  path: string,
  ids: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Row>> => {
  const found = new Map<string, Row>();
  if (ids.size === 0) return found;
  for await (const row of readJsonLines<Row>(path)) {
    if (!ids.has(row.id)) continue;
    found.set(row.id, row);
    if (found.size === ids.size) break;
  }
  return found;
};
