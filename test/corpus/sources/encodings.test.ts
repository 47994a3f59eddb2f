import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { decodeSource } from '../../../src/corpus/sources/read-source.js';
import { folderOf } from '../repository-folder.js';

const TEXT =
  '# é\nclass Größe:\n    def ä(self):\n        """Grüße 𝒳 日本."""\n        return "ß"\n\ndef z(): pass\n';
const bigEndian = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

const STORED: Readonly<Record<string, readonly [bytes: Buffer, decode: (bytes: Buffer) => string]>> = {
  'utf-8': [Buffer.from(TEXT), (bytes) => bytes.toString()],
  'utf-8-bom': [Buffer.from(`\ufeff${TEXT}`), (bytes) => bytes.toString()],
  'utf-16le': [Buffer.from(`\ufeff${TEXT}`, 'utf16le'), (bytes) => bytes.toString('utf16le')],
  'utf-16be': [bigEndian(`\ufeff${TEXT}`), (bytes) => Buffer.from(bytes).swap16().toString('utf16le')],
};

describe('files in other encodings', () => {
  it.each(Object.entries(STORED))(
    '%s: byte ranges are those of the file as stored',
    async (name, [bytes, decode]) => {
      const root = await folderOf({ 'a.py': bytes });
      const { functions, filesByEncoding } = await analyzeRepository(root);
      expect(filesByEncoding).toEqual({ [name]: 1 });
      expect(functions.map((found) => [found.name, found.startLine, found.endLine])).toEqual([
        ['ä', 3, 5],
        ['z', 7, 7],
      ]);
      expect(functions[0]!.summary).toBe('Grüße 𝒳 日本.');
      for (const { source, startByte, endByte } of functions)
        expect(decode(bytes.subarray(startByte, endByte))).toBe(source);
    },
  );

  it('what is no UTF-8 is windows-1252, a byte a character', async () => {
    const latin = 'function f() {\n  return "gr\xfc\xdfe";\n}\nfunction g() {}\n';
    const bytes = Buffer.from(latin, 'latin1');
    const { functions, filesByEncoding } = await analyzeRepository(await folderOf({ 'a.js': bytes }));
    expect(filesByEncoding).toEqual({ 'windows-1252': 1 });
    expect(functions.map(({ name }) => name)).toEqual(['f', 'g']);
    for (const { source, startByte, endByte } of functions)
      expect(bytes.subarray(startByte, endByte).toString('latin1')).toBe(source);
  });

  it('byte offsets of any text are those of its prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.boolean(), (text, hasMark) => {
        fc.pre(!text.includes('\0') && !text.startsWith('\ufeff'));
        const source = decodeSource(Buffer.from((hasMark ? '\ufeff' : '') + text))!;
        expect(source.text).toBe(text);
        const indices = Int32Array.from({ length: text.length + 1 }, (_, index) => index).filter(
          // No function starts within a surrogate pair.
          (index) => !/[\udc00-\udfff]/.test(text.charAt(index)),
        );
        const expected = [...indices].map(
          (index) => Buffer.byteLength(text.slice(0, index)) + (hasMark ? 3 : 0),
        );
        expect([...source.byteOffsets(indices)]).toEqual(expected);
      }),
    );
  });
});
