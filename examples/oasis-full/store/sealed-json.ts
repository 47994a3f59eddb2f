import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readJson, writeText } from './json-files.js';

/** A record that no longer holds what was written. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord';

  constructor(
    readonly path: string,
    reason: string,
  ) {
    super(`${path} ${reason}`);
  }
}

const sealOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/**
 * Writes an object as JSON with a digest of itself: a flipped bit in a record would otherwise change a count, a key or
 * a path unseen.
 */
export const writeSealedJson = (path: string, value: object, indent?: number): Promise<void> => {
  const plain = JSON.parse(JSON.stringify(value)) as object;
  return writeText(path, `${JSON.stringify({ ...plain, seal: sealOf(plain) }, null, indent)}\n`);
};

/** @throws DamagedRecord; Error that names the file where it is no JSON. */
export const readSealedJson = <T>(path: string): T => {
  const { seal, ...value } = readJson<{ readonly seal?: string }>(path) ?? {};
  if (seal !== sealOf(value))
    throw new DamagedRecord(
      path,
      seal === undefined ? 'has no seal, as of an earlier version' : 'differs from what was written',
    );
  return value as T;
};

/** The record, or null where there is none; one that cannot be trusted counts as none and is told. */
export const readSealedJsonIfSound = <T>(path: string, onDamage: (reason: string) => void): T | null => {
  if (!existsSync(path)) return null;
  try {
    return readSealedJson<T>(path);
  } catch (error) {
    onDamage((error as Error).message);
    return null;
  }
};
