import { writeFileSync } from 'node:fs';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
};
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A GGUF file of version 3 that has a header and no tensors: numbers are of 32 bits. */
export const writeGguf = (path: string, fields: Readonly<Record<string, string | number>>): void => {
  const counts = Buffer.alloc(16);
  counts.writeBigUInt64LE(BigInt(Object.keys(fields).length), 8);
  const pairs = Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' ? [text(name), uint32(8), text(value)] : [text(name), uint32(4), uint32(value)],
  );
  writeFileSync(path, Buffer.concat([Buffer.from('GGUF'), uint32(3), counts, ...pairs, Buffer.alloc(64)]));
};
