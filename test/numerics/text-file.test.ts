import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { fitVocabulary, TextFile, writeTextFile } from '../../src/encoders/index.js';

const folder = mkdtempSync(join(tmpdir(), 'text-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'some.texts');

const opened = <T>(use: (texts: TextFile) => T): T => {
  const texts = TextFile.open(path);
  try {
    return use(texts);
  } finally {
    texts.close();
  }
};

describe('TextFile', () => {
  it('is the array that was written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' })), async (texts) => {
        expect(await writeTextFile(path, texts)).toBe(texts.length);
        opened((file) => {
          expect(file.length).toBe(texts.length);
          expect([...file]).toEqual(texts);
          for (let row = -texts.length - 1; row <= texts.length; row++)
            expect(file.at(row)).toBe(texts.at(row));
        });
      }),
      { numRuns: 30 },
    );
  });

  it('takes texts one after another, some larger than a block', async () => {
    const texts = [
      '',
      'x'.repeat(3 << 20),
      'ü'.repeat(700_000),
      ...Array.from({ length: 5000 }, (_, i) => `${i}`),
    ];
    const one = async function* () {
      yield* texts;
    };
    await writeTextFile(path, one());
    opened((file) => {
      expect([...file]).toEqual(texts);
      expect(file.at(2)).toBe(texts[2]);
      expect(file.at(4000)).toBe(texts[4000]);
    });
  });

  it('has another fingerprint for other texts, and for the same bytes cut elsewhere', async () => {
    const fingerprintOf = async (texts: string[]) => {
      await writeTextFile(path, texts);
      return opened(({ fingerprint }) => fingerprint);
    };
    const first = await fingerprintOf(['ab', 'c']);
    expect(await fingerprintOf(['a', 'bc'])).not.toBe(first);
    expect(await fingerprintOf(['ab', 'd'])).not.toBe(first);
    expect(await fingerprintOf(['ab', 'c'])).toBe(first);
    // Text by text and then the offsets, as the format says.
    const offsets = Buffer.from(Float64Array.of(0, 2, 3).buffer);
    expect(createHash('sha256').update('abc').update(offsets).digest('hex')).toBe(first);
  });

  it('leaves the old file when texts end in an error', async () => {
    await writeTextFile(path, ['old']);
    const broken = function* () {
      yield 'new';
      throw new Error('no more');
    };
    await expect(writeTextFile(path, broken())).rejects.toThrow('no more');
    opened((file) => expect([...file]).toEqual(['old']));
    expect(readdirSync(folder)).toEqual(['some.texts']);
  });

  it('refuses what is not such a file, by name', async () => {
    expect(() => TextFile.open(join(folder, 'none'))).toThrow(/cannot read .*none: ENOENT/);
    const refused = (bytes: Uint8Array | string, message: RegExp) => {
      writeFileSync(path, bytes);
      expect(() => TextFile.open(path)).toThrow(message);
    };
    refused('short', /cannot read .*some\.texts: the file is too short/);
    refused('no texts at all, but long enough to hold a footer of them', /not a file of texts/);
    await writeTextFile(path, ['abc', 'def']);
    const whole = readFileSync(path);
    refused(whole.subarray(1), /its offsets do not fit the file/);
    const counted = Buffer.from(whole);
    counted.writeDoubleLE(1e9, whole.length - 40);
    refused(counted, /its footer does not fit the file/);
    await writeTextFile(path, ['abc', 'def']);
    opened((file) => {
      truncateSync(path, 4);
      expect(() => file.at(1)).toThrow(/some\.texts ends at byte 4/);
    });
  });

  it('gives the vocabulary of the same texts in memory', async () => {
    const texts = ['sorts a list', 'reads a file', 'sortList(list)'];
    await writeTextFile(path, texts);
    opened((file) => expect(fitVocabulary([file])).toEqual(fitVocabulary([texts])));
  });
});

it('fitVocabulary forgets the rarest terms when there are too many, and keeps what texts agree on', () => {
  const texts = Array.from(
    { length: 300 },
    (_, i) => `common ${i % 2 === 0 ? 'often' : 'also'} q${'abc'[i % 3]}x${i}`,
  );
  const all = fitVocabulary([texts], { minimumFrequency: 100 });
  const limited = fitVocabulary([texts], { minimumFrequency: 100 }, 50);
  expect(limited).toEqual(all);
  expect(all.terms).toContain('common');
});
