/**
 * Writes a static model with one byte for each number: each token's vector as whole numbers from −127 to 127, and its scale in
 * `weights`.
 *
 *   npx tsx examples/general-model/pack.ts RUN/model examples/general-model/model
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from 'oasis-embed/encoders';

const [from, to] = process.argv.slice(2);
if (from === undefined || to === undefined)
  throw new Error('expected the folder of a static model and one to write');

const { tensors } = await readSafetensors(join(from, 'model.safetensors'));
const { shape, data } = tensors.get('embeddings')!;
const [rows, columns] = shape as [number, number];
const whole = new Int8Array(data.length);
const weights = new Float32Array(rows);
for (let row = 0; row < rows; row++) {
  const own = data.subarray(row * columns, (row + 1) * columns);
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) continue;
  weights[row] = largest / 127;
  for (let i = 0; i < columns; i++) whole[row * columns + i] = Math.round(own[i]! / weights[row]!);
}

const header = new TextEncoder().encode(
  JSON.stringify({
    embeddings: { dtype: 'I8', shape, data_offsets: [0, whole.length] },
    weights: {
      dtype: 'F32',
      shape: [rows],
      data_offsets: [whole.length, whole.length + weights.byteLength],
    },
  }),
);
const padded = Math.ceil(header.length / 8) * 8;
const start = Buffer.alloc(8 + padded, 0x20);
start.writeBigUInt64LE(BigInt(padded));
start.set(header, 8);
mkdirSync(to, { recursive: true });
writeFileSync(
  join(to, 'model.safetensors'),
  Buffer.concat([start, new Uint8Array(whole.buffer), new Uint8Array(weights.buffer)]),
);

const config = JSON.parse(readFileSync(join(from, 'config.json'), 'utf8')) as Record<string, unknown>;
writeFileSync(
  join(to, 'config.json'),
  `${JSON.stringify({ ...config, source: 'all-MiniLM-L6-v2' }, null, 2)}\n`,
);
for (const name of ['tokenizer.json', 'tokenizer_config.json'])
  copyFileSync(join(from, name), join(to, name));
