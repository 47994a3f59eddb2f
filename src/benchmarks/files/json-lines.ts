import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readLines } from '../../numerics/index.js';

/** A JSON object of one line, with the place it came from for messages: `file:line`. */
export interface JsonRow {
  readonly place: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Thrown when files of a benchmark are missing; the message says what to get and where to put it. */
export class MissingDataError extends Error {
  override readonly name = 'MissingDataError';
}

/**
 * The first of several names that exists in a folder, with `.gz` and `.zst` tried after each.
 *
 * @param advice What to get and from whom, a sentence.
 * @throws MissingDataError when there is none.
 */
export const findDataFile = async (
  directory: string,
  names: readonly string[],
  advice: string,
): Promise<string> => {
  for (const name of names.flatMap((n) => [n, `${n}.gz`, `${n}.zst`])) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return path;
  }
  throw new MissingDataError(`${join(directory, names[0]!)} is missing. ${advice}`);
};

/**
 * The objects of a JSON Lines file, one at a time; blank lines are skipped.
 *
 * @throws SyntaxError with file and line number for a line that is not a JSON object.
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonRow> {
  for await (const [number, line] of readLines(path)) {
    if (line.trim() === '') continue;
    const place = `${path}:${number}`;
    let fields: unknown;
    try {
      fields = JSON.parse(line);
    } catch (error) {
      throw new SyntaxError(`${place}: not valid JSON: ${(error as Error).message}`);
    }
    yield { place, fields: asRecord(fields, place) };
  }
}

/** @throws SyntaxError when the value is not a JSON object. */
export const asRecord = (value: unknown, place: string): Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SyntaxError(
      `${place}: expected a JSON object, received ${JSON.stringify(value)?.slice(0, 60)}`,
    );
  }
  return value as Readonly<Record<string, unknown>>;
};

/** What the reading functions below say when a field is not as it should be. */
const wrongField = (row: JsonRow, name: string, expected: string): SyntaxError => {
  const found = row.fields[name];
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 60);
  return new SyntaxError(`${row.place}: ${name} must be ${expected}, received ${shown}`);
};

/** @throws SyntaxError with file and line when the field is not a string. */
export const stringField = (row: JsonRow, name: string): string => {
  const value = row.fields[name];
  if (typeof value !== 'string') throw wrongField(row, name, 'a string');
  return value;
};

/** A string or a number, as a string. */
export const idField = (row: JsonRow, name: string): string => {
  const value = row.fields[name];
  if (typeof value !== 'string' && typeof value !== 'number')
    throw wrongField(row, name, 'a string or a number');
  return String(value);
};

/** @throws SyntaxError with file and line when the field is not a finite number. */
export const numberField = (row: JsonRow, name: string): number => {
  const value = row.fields[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongField(row, name, 'a finite number');
  return value;
};

/** True, false, 1 or 0. */
export const flagField = (row: JsonRow, name: string): boolean => {
  const value = row.fields[name];
  if (value !== true && value !== false && value !== 1 && value !== 0) {
    throw wrongField(row, name, 'true, false, 1 or 0');
  }
  return value === true || value === 1;
};

/** Tokens joined by one space, from the first of several fields that is there. */
export const tokensField = (row: JsonRow, names: readonly string[]): string => {
  const name = names.find((n) => row.fields[n] !== undefined) ?? names[0]!;
  const value = row.fields[name];
  if (!Array.isArray(value) || !value.every((token) => typeof token === 'string')) {
    throw wrongField(row, name, 'an array of strings');
  }
  return value.join(' ');
};
