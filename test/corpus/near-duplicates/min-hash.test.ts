import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  dropNearDuplicates,
  findNearDuplicates,
  TextFile,
  writeTextFile,
} from '../../../src/corpus/index.js';
import { bandsFor, minHashBands } from '../../../src/corpus/near-duplicates/min-hash.js';
import { createRandom } from '../../../src/numerics/index.js';
import { functionWith } from '../code-function.js';

describe('MinHash', () => {
  const random = createRandom(7, 'min-hash');
  const word = () => `w${random.below(5000)}`;
  /** Texts in pairs of every similarity, the second with some of the first's words changed. */
  const planted = Array.from({ length: 600 }, () => {
    const words = Array.from({ length: 20 + random.below(60) }, word);
    const changes = random.below(8);
    const other = words.map((old, at) => (at < changes ? word() : old));
    return [words.join(' '), other.join(' ')];
  }).flat();

  it('finds what the exact search finds, by the same similarities', () => {
    const functions = planted.map((code, at) => functionWith({ id: String(at), code }));
    for (const setJaccard of [0.6, 0.8, 0.95]) {
      const exact = dropNearDuplicates(functions, { setJaccard, multisetJaccard: 0.5, search: 'exact' });
      const banded = dropNearDuplicates(functions, { setJaccard, multisetJaccard: 0.5, search: 'minhash' });
      expect(exact.duplicates.length).toBeGreaterThan(100);
      expect(banded).toEqual(exact);
    }
  });

  it('finds the same in codes that stay on disk', async () => {
    const codes = [...planted, ...planted.slice(0, 50), 'short', 'short', '', ''];
    const functions = codes.map((code, at) => functionWith({ id: String(at), code }));
    const folder = mkdtempSync(join(tmpdir(), 'near-duplicates-'));
    try {
      await writeTextFile(join(folder, 'codes'), codes);
      const file = TextFile.open(join(folder, 'codes'));
      for (const options of [{ setJaccard: 0.6, multisetJaccard: 0.5 }, { minimumTokens: 30 }, {}]) {
        const { duplicates } = dropNearDuplicates(functions, { ...options, search: 'exact' });
        expect(duplicates.length).toBeGreaterThan(52);
        const expected = duplicates.map(({ function: { id }, duplicateOf, ...likeness }) => ({
          row: Number(id),
          duplicateOf: Number(duplicateOf.id),
          ...likeness,
        }));
        const seen: number[] = [];
        expect([...findNearDuplicates(file, { ...options, onProgress: (done) => seen.push(done) })]).toEqual(
          expected,
        );
        expect(seen).toEqual([1000]);
        expect([...findNearDuplicates(codes, options)]).toEqual(expected);
      }
      file.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(() => [...findNearDuplicates([], { setJaccard: 2 })]).toThrow(
      'setJaccard must be in (0, 1], received 2',
    );
  });

  it('misses a pair at the limit once in a million, and compares few by chance', () => {
    for (const limit of [0.3, 0.5, 0.7, 0.8, 0.9, 1]) {
      const { count, rows } = bandsFor(limit);
      expect(count * rows).toBeLessThanOrEqual(256);
      if (limit >= 0.5) expect((1 - limit ** rows) ** count).toBeLessThanOrEqual(1e-6);
    }
    expect(bandsFor(0.8)).toEqual({ count: 35, rows: 5 });
  });

  it('agrees in a band as often as its similarity says', () => {
    let agreements = 0;
    const bands = { count: 200, rows: 2 };
    for (let trial = 0; trial < 20; trial++) {
      // 60 shared of 100: similarity 0.6, so a band of two agrees in 0.36.
      const base = trial * 1000;
      const one = Int32Array.from({ length: 80 }, (_, at) => base + at);
      const two = Int32Array.from({ length: 80 }, (_, at) => base + at + 20);
      const [a, b] = [minHashBands(one, bands), minHashBands(two, bands)];
      agreements += a.filter((key, band) => key === b[band]).length;
    }
    // 4,000 draws: a standard deviation is 0.0076.
    expect(Math.abs(agreements / 4000 - 0.36)).toBeLessThan(0.04);
  });

  it('takes over above 10,000 functions', () => {
    // Most are too short to be compared, 401 repeat one of 200 texts.
    const codes = Array.from({ length: 10_001 }, (_, at) =>
      at % 25 === 0 ? `f${at} ${planted[(at / 25) % 200]}` : `f${at}`,
    );
    const functions = codes.map((code, at) => functionWith({ id: String(at), code }));
    const { kept } = dropNearDuplicates(functions);
    expect(kept).toEqual(dropNearDuplicates(functions, { search: 'minhash' }).kept);
    expect(kept.length).toBeLessThanOrEqual(10_001 - 201);
    expect(() => dropNearDuplicates([], { search: 'lsh' as 'exact' })).toThrow(
      'search must be exact or minhash, received lsh',
    );
  });
});
