import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatSafetensors,
  parseSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../src/encoders/index.js';

const file = (header: unknown, dataBytes: number, headerLength?: bigint): Uint8Array => {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
};

const f32 = (shape: number[], begin: number, end: number) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('gives back what was written, for any shapes, values and names', () => {
    const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return fc.record({
        shape: fc.constant(shape),
        data: fc.float32Array({ minLength: size, maxLength: size }),
      });
    });
    const name = fc
      .string({ minLength: 1 })
      .filter((text) => text !== '__metadata__' && text !== '__proto__');
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor), { maxLength: 5 }), (entries) => {
        const tensors = new Map(entries);
        const parsed = parseSafetensors(formatSafetensors(tensors, { note: 'é' })).tensors;
        expect([...parsed.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [key, { shape, data }] of tensors) {
          expect(parsed.get(key)?.shape).toEqual(shape);
          expect(parsed.get(key)?.data).toEqual(data);
        }
      }),
    );
  });

  it('keeps metadata', () => {
    expect(parseSafetensors(formatSafetensors(new Map(), { a: 'b' })).metadata).toEqual({ a: 'b' });
  });

  it('starts the data at a multiple of 8 bytes', () => {
    const bytes = formatSafetensors(new Map([['x', { shape: [1], data: Float32Array.of(1) }]]));
    expect((bytes.length - 4) % 8).toBe(0);
  });

  it('widens float16 and bfloat16 and rounds float64', () => {
    const header = {
      half: { dtype: 'F16', shape: [4], data_offsets: [0, 8] },
      brain: { dtype: 'BF16', shape: [2], data_offsets: [8, 12] },
      double: { dtype: 'F64', shape: [1], data_offsets: [12, 20] },
    };
    const bytes = file(header, 20);
    const view = new DataView(bytes.buffer, bytes.length - 20);
    // IEEE 754 binary16: 1.5, the smallest subnormal 2⁻²⁴, −∞ and −2.
    [0x3e00, 0x0001, 0xfc00, 0xc000].forEach((bits, i) => {
      view.setUint16(i * 2, bits, true);
    });
    // The upper halves of the float32 patterns of 1 and −0.5.
    [0x3f80, 0xbf00].forEach((bits, i) => {
      view.setUint16(8 + i * 2, bits, true);
    });
    view.setFloat64(12, Math.PI, true);
    const { tensors } = parseSafetensors(bytes);
    expect([...tensors.get('half')!.data]).toEqual([1.5, 2 ** -24, Number.NEGATIVE_INFINITY, -2]);
    expect([...tensors.get('brain')!.data]).toEqual([1, -0.5]);
    expect([...tensors.get('double')!.data]).toEqual([Math.fround(Math.PI)]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['a file of 3 bytes', new Uint8Array(3), /at least 8 bytes, received 3/],
    ['a header longer than the file', file({}, 0, 1000n), /header claims 1000 bytes/],
    ['a header of absurd length', file({}, 0, 2n ** 63n), /header claims 9223372036854775808 bytes/],
    ['a header that is not JSON', file('{oops', 0), /JSON/],
    [
      'a tensor that is named twice',
      file(
        '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0078":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
        4,
      ),
      /the header has the key "x" twice/,
    ],
    [
      'a field that is given twice',
      file('{"x":{"dtype":"F32","shape":[2],"shape" : [1],"data_offsets":[0,4]}}', 4),
      /the header has the key "shape" twice/,
    ],
    ['eight-bit floats', file({ x: { ...f32([4], 0, 4), dtype: 'F8_E4M3' } }, 4), /received F8_E4M3/],
    ['unsigned 16-bit numbers', file({ x: { ...f32([2], 0, 4), dtype: 'U16' } }, 4), /received U16/],
    ['a header that is a list', file([], 0), /must be a JSON object/],
    ['an unknown dtype', file({ x: { ...f32([1], 0, 4), dtype: 'Q4' } }, 4), /"x": dtype must be one of F32/],
    ['a negative size', file({ x: f32([-1], 0, 4) }, 4), /"x": shape must be a list of whole numbers/],
    ['sizes that overflow', file({ x: f32([2 ** 40, 2 ** 40], 0, 4) }, 4), /"x": F32 .* needs/],
    ['an offset beyond the data', file({ x: f32([2], 0, 8) }, 4), /"x": .* in 4 bytes of data/],
    [
      'overlapping tensors',
      file({ x: f32([2], 0, 8), y: f32([1], 4, 8) }, 8),
      /"y" begins at byte 4, .* at 8/,
    ],
    ['a hole between tensors', file({ x: f32([1], 0, 4), y: f32([1], 8, 12) }, 12), /"y" begins at byte 8/],
    ['data after the last tensor', file({ x: f32([1], 0, 4) }, 12), /end at byte 4, the data at 12/],
    ['metadata that is not text', file({ __metadata__: { a: 1 } }, 0), /must map strings to strings/],
    ['offsets that are no pair', file({ x: { ...f32([1], 0, 4), data_offsets: [0] } }, 4), /\[begin, end\]/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes)).toThrow(message);
  });

  it('refuses to write data that does not fill its shape', () => {
    const tensors = new Map([['x', { shape: [2, 2], data: new Float32Array(3) }]]);
    expect(() => formatSafetensors(tensors)).toThrow('tensor "x": shape [2, 2] holds 4 values, received 3');
  });

  it('names the file that it cannot read, and leaves no partial file behind', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'safetensors-'));
    try {
      const path = join(directory, 'model.safetensors');
      await expect(readSafetensors(path)).rejects.toThrow(`cannot read ${path}`);
      await writeFile(path, 'old');
      const broken = new Map([['x', { shape: [9], data: new Float32Array(1) }]]);
      await expect(writeSafetensors(path, broken)).rejects.toThrow('holds 9 values');
      expect(await readFile(path, 'utf8')).toBe('old');
      await writeSafetensors(path, new Map([['x', { shape: [1], data: Float32Array.of(7) }]]));
      expect((await readSafetensors(path)).tensors.get('x')?.data).toEqual(Float32Array.of(7));
      expect(await readdir(directory)).toEqual(['model.safetensors']);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
