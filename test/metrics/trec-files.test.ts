import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  decodeTrecId,
  encodeTrecId,
  formatQrels,
  formatTrecRun,
  parseQrels,
  parseTrecRun,
  readQrels,
  readTrecRun,
  writeQrels,
  writeTrecRun,
} from '../../src/metrics/index.js';

const id = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
  .filter((text) => /^[^\s\uFEFF]+$/.test(text));
const table = (value: fc.Arbitrary<number>) =>
  fc
    .array(fc.tuple(id, fc.array(fc.tuple(id, value), { minLength: 1, maxLength: 5 })), { maxLength: 5 })
    .map((rows) => new Map(rows.map(([query, row]) => [query, new Map(row)])));

describe('TREC files', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trec-files-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('a run survives being written and read', () => {
    const score = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
    fc.assert(
      fc.property(table(score), (run) => {
        expect(parseTrecRun(formatTrecRun(run))).toEqual(run);
      }),
    );
  });

  test('an identifier may begin with # and a comment is skipped', () => {
    const qrels = parseQrels('# qid iter docno rel: judged by hand\n#1 0 d7 2\n#\n');
    expect(qrels).toEqual(new Map([['#1', new Map([['d7', 2]])]]));
  });

  test('qrels survive being written and read', () => {
    fc.assert(
      fc.property(table(fc.integer({ min: -2, max: 4 })), (qrels) => {
        expect(parseQrels(formatQrels(qrels))).toEqual(qrels);
      }),
    );
  });

  test('a run is written by descending score, ties by descending id', () => {
    const run = new Map([['q', new Map(Object.entries({ a: 1, c: 2, b: 1 }))]]);
    expect(formatTrecRun(run, { tag: 't' })).toBe('q Q0 c 1 2 t\nq Q0 b 2 1 t\nq Q0 a 3 1 t\n');
  });

  test('reading takes tabs, spaces, blank lines, a byte-order mark and carriage returns', () => {
    expect(parseQrels('\uFEFFq1 0 d1 1\r\n\r\n  q1\t0\td2   2\n')).toEqual(
      new Map([['q1', new Map(Object.entries({ d1: 1, d2: 2 }))]]),
    );
  });

  test('files are written and read back', async () => {
    const run = new Map([['q', new Map([['d', 0.25]])]]);
    const qrels = new Map([['q', new Map([['d', 2]])]]);
    await writeTrecRun(join(folder, 'run.txt'), run);
    await writeQrels(join(folder, 'qrels.txt'), qrels);
    expect(await readFile(join(folder, 'run.txt'), 'utf8')).toBe('q Q0 d 1 0.25 oasis-embed\n');
    expect(await readTrecRun(join(folder, 'run.txt'))).toEqual(run);
    expect(await readQrels(join(folder, 'qrels.txt'))).toEqual(qrels);
  });

  test('a malformed line is reported with file and line number', async () => {
    const path = join(folder, 'broken.txt');
    await writeFile(path, 'q1 Q0 d1 1 0.5 tag\n\nq1 Q0 d2 2\n');
    await expect(readTrecRun(path)).rejects.toThrow(
      new SyntaxError(`${path}:3: expected 6 columns (qid Q0 docno rank score tag), received 4`),
    );
    expect(() => parseTrecRun('q Q0 d 1 nan t', { file: 'f' })).toThrow(
      'f:1: score must be a finite number, received nan',
    );
    expect(() => parseQrels('q 0 d x', { file: 'f' })).toThrow(
      'f:1: rel must be a finite number, received x',
    );
    expect(() => parseTrecRun('q Q0 d 1 1 t\nq Q0 d 2 0 t', { file: 'f' })).toThrow(
      'f:2: document d appears twice for query q',
    );
  });

  test('ids with white space are refused on writing', () => {
    expect(() => formatQrels(new Map([['a b', new Map()]]))).toThrow(
      'query id must be neither empty nor hold white space, received "a b"',
    );
    expect(() => formatTrecRun(new Map([['q', new Map([['', 1]])]]))).toThrow(
      'document id must be neither empty',
    );
    expect(() => formatTrecRun(new Map(), { tag: 'my tag' })).toThrow('tag must be neither empty');
  });

  test('a comment of four words with a number at its end is no query', () => {
    expect(parseQrels('# topics of 2024\n#run by 7\nq 0 d 1\n')).toEqual(
      new Map([['q', new Map([['d', 1]])]]),
    );
  });

  test('the tag of a run is the rest of its line, as in trec_eval', () => {
    expect(parseTrecRun('q Q0 d 1 0.5 my own tag')).toEqual(new Map([['q', new Map([['d', 0.5]])]]));
  });

  test('only ASCII white space separates columns', () => {
    const id = 'a\u00a0b\u3000c';
    expect(parseQrels(`q 0 ${id} 1`)).toEqual(new Map([['q', new Map([[id, 1]])]]));
    expect(parseTrecRun(`q Q0 ${id} 1 2 t`).get('q')?.get(id)).toBe(2);
  });

  test('five columns are read once it is said which one is the grade', () => {
    expect(() => parseQrels('q 0 d 3 1', { file: 'f' })).toThrow(
      'f:1: expected 4 columns (topic iter docno rel), received 5; say with gradeColumn',
    );
    expect(parseQrels('q 0 d 3 1', { gradeColumn: 5 }).get('q')?.get('d')).toBe(1);
    expect(parseQrels('q 0 d 3 1', { gradeColumn: 4 }).get('q')?.get('d')).toBe(3);
    expect(() => parseQrels('', { gradeColumn: 3 as 4 })).toThrow('gradeColumn must be 4 or 5, received 3');
  });

  test('gzip is unpacked whatever the name, in several members too', async () => {
    const path = join(folder, 'packed.qrels');
    await writeFile(path, Buffer.concat([gzipSync('q 0 d 1\n'), gzipSync('q 0 e 2\n')]));
    expect(await readQrels(path)).toEqual(new Map([['q', new Map(Object.entries({ d: 1, e: 2 }))]]));
  });

  test('escaped ids have no white space, stay distinct and come back', () => {
    fc.assert(
      fc.property(
        fc.string({
          minLength: 1,
          unit: fc.constantFrom('a', '2', '0', '%', ' ', '\t', '\u00a0', '\u3000', '\u0085', '😀', '_'),
        }),
        (id) => {
          const escaped = encodeTrecId(id);
          expect(escaped).toMatch(/^[^\s\u0085]+$/);
          expect(decodeTrecId(escaped)).toBe(id);
        },
      ),
    );
    expect([encodeTrecId('a b'), encodeTrecId('a_b'), encodeTrecId('100%'), encodeTrecId('a%20b')]).toEqual([
      'a%20b',
      'a_b',
      '100%',
      'a%2520b',
    ]);
    expect(() => encodeTrecId('')).toThrow('id must not be empty');
  });
});
