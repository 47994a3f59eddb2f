import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Shared } from './suite.js';

const types = [
  [Float32Array, 'float32'],
  [Float64Array, 'float64'],
  [Uint32Array, 'uint32'],
] as const;

/**
 * Writes an input for contenders in other languages: `input.json`, in which a typed array stands as
 * `{ "file": …, "type": … }` beside a file of its bare values.
 */
export const writeShared = (folder: string, input: Readonly<Record<string, Shared>>): void => {
  const entries = Object.entries(input).map(([name, value]) => {
    const type = types.find(([array]) => value instanceof array)?.[1];
    if (type === undefined) return [name, value];
    const file = `${name}.${type}`;
    const { buffer, byteOffset, byteLength } = value as Float32Array;
    writeFileSync(join(folder, file), new Uint8Array(buffer, byteOffset, byteLength));
    return [name, { file, type }];
  });
  writeFileSync(join(folder, 'input.json'), JSON.stringify(Object.fromEntries(entries)));
};
