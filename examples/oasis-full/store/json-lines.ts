import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createChunkedText } from './chunked-text.js';
import { commitStream } from './commit-file.js';

/** Streams rows to a JSONL file of any size, whole or not at all. Returns the SHA-256 of its bytes. */
export const writeJsonLines = async (
  path: string,
  rows: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<string> => {
  const hash = createHash('sha256');
  await commitStream(path, async (handle) => {
    const lines = createChunkedText(async (chunk) => {
      hash.update(chunk);
      await handle.writeFile(chunk);
    });
    for await (const row of rows) await lines.add(`${JSON.stringify(row)}\n`);
    await lines.flush();
  });
  return hash.digest('hex');
};

/** Lines end at a line feed alone: later versions of `readline` also end them at U+2028, which strings of JSON may hold. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let pieces: string[] = [];
  for await (const chunk of createReadStream(path, {
    encoding: 'utf8',
    highWaterMark: 1 << 18,
  }) as AsyncIterable<string>) {
    const lines = chunk.split('\n');
    for (let i = 0; i < lines.length - 1; i++) {
      pieces.push(lines[i]!);
      yield pieces.join('');
      pieces = [];
    }
    pieces.push(lines.at(-1)!);
  }
  const last = pieces.join('');
  if (last !== '') yield last;
}

/** Reads a JSONL file row by row; a malformed row is an error that names file and line. */
export async function* readJsonLines<T>(path: string): AsyncGenerator<T> {
  let number = 0;
  for await (const line of linesOf(path)) {
    number++;
    if (line.trim() === '') continue;
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
