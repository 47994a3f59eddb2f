import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { commitFile } from '../store/commit-file.js';
import { datasetColumns } from '../store/dataset-columns.js';
import { withDuckDb } from '../store/duckdb.js';
import { exportJsonLines, importJsonLines, parquetRows } from '../store/parquet-json-lines.js';
import { readParquet, type Schema, writeParquet } from '../store/parquet-table.js';
import { createPartition } from '../store/partition.js';
import { asStoreError, StoreError } from '../store/store-error.js';

const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-store-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const file = (name: string) => join(scratch, name);
const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

const schema = {
  text: 'text',
  number: 'uint32',
  label: 'float32',
  flag: 'uint8',
  exact: 'float64',
} as const satisfies Schema;

describe('a Parquet table', () => {
  it('reads back what was written, in its order, over several chunks', async () => {
    const rows = 5000;
    const columns = {
      text: Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? null : `row ${i} 'quoted' ü\u0000\n`)),
      number: Uint32Array.from({ length: rows }, (_, i) => 4294967295 - i),
      label: Float32Array.from({ length: rows }, (_, i) => Math.sin(i)),
      flag: Uint8Array.from({ length: rows }, (_, i) => i % 2),
      exact: Float64Array.from({ length: rows }, (_, i) => Math.cos(i) * 1e-300),
    };
    expect(await writeParquet(file('table.parquet'), schema, columns)).toBe(rows);
    expect(await readParquet(file('table.parquet'), schema)).toEqual(columns);
  });

  it('keeps any text that is well formed, and any float', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.float({ noNaN: true })), { maxLength: 20 }),
        async (rows) => {
          const columns = {
            text: rows.map(([text]) => Buffer.from(text).toString()),
            label: rows.map(([, label]) => label),
          };
          const own = { text: 'text', label: 'float32' } as const;
          await writeParquet(file('any.parquet'), own, columns);
          const read = await readParquet(file('any.parquet'), own);
          expect(read.text).toEqual(columns.text);
          expect(Array.from(read.label)).toEqual(columns.label);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('gives the same bytes for the same rows, and other bytes for other rows', async () => {
    const columns = (seed: number) => ({
      text: Array.from({ length: 3000 }, (_, i) => `text ${(i * seed) % 97}`),
      number: Uint32Array.from({ length: 3000 }, (_, i) => i * seed),
    });
    const own = { text: 'text', number: 'uint32' } as const;
    await writeParquet(file('first.parquet'), own, columns(3));
    await writeParquet(file('other.parquet'), own, columns(5));
    await Promise.all([
      writeParquet(file('second.parquet'), own, columns(3)),
      writeParquet(file('third.parquet'), own, columns(3)),
    ]);
    expect(hashOf(file('second.parquet'))).toBe(hashOf(file('first.parquet')));
    expect(hashOf(file('third.parquet'))).toBe(hashOf(file('first.parquet')));
    expect(hashOf(file('other.parquet'))).not.toBe(hashOf(file('first.parquet')));
  });

  it('is compressed by zstd', async () => {
    await writeParquet(file('zstd.parquet'), { text: 'text' }, { text: ['a', 'b'] });
    const codecs = await withDuckDb(async (connection) => {
      const result = await connection.runAndReadAll(
        `SELECT DISTINCT compression FROM parquet_metadata('${file('zstd.parquet')}')`,
      );
      return result.getRows();
    });
    expect(codecs).toEqual([['ZSTD']]);
  });

  it('holds no row, and may be read as one with others', async () => {
    const own = { number: 'uint32' } as const;
    await writeParquet(file('none.parquet'), own, { number: [] });
    await writeParquet(file('some.parquet'), own, { number: [1, 2] });
    const read = await readParquet([file('none.parquet'), file('some.parquet'), file('none.parquet')], own);
    expect(read).toEqual({ number: Uint32Array.of(1, 2) });
    expect(await readParquet([], own)).toEqual({ number: new Uint32Array(0) });
  });

  it('refuses columns of different lengths, naming them', async () => {
    await expect(
      writeParquet(file('bad.parquet'), { a: 'uint32', b: 'uint32' }, { a: [1, 2], b: [1] }),
    ).rejects.toThrow('columns.b must have 2 values as a has, received 1');
    expect(existsSync(file('bad.parquet'))).toBe(false);
  });
});

describe('JSONL', () => {
  const row = (pair: number) => ({
    poss_docstring: `Adds ${pair} numbers.`,
    snippet_wo_comment: `function add${pair}() {}`,
    similarity: Math.fround(pair / 7),
    lang: 'javascript',
    is_gt: pair % 2,
    pair,
    query_id: 'q',
    function_id: `f${pair}`,
    repository: 'r',
    similarity_before: Math.fround(pair / 9),
  });

  it('goes into a table and comes out again byte for byte', async () => {
    const text = [0, 1, 2].map((pair) => `${JSON.stringify(row(pair))}\n`).join('');
    writeFileSync(file('in.jsonl'), text);
    expect(await importJsonLines(file('in.jsonl'), datasetColumns, file('in.parquet'))).toBe(3);
    const sha256 = await exportJsonLines(file('in.parquet'), datasetColumns, file('out.jsonl'));
    expect(readFileSync(file('out.jsonl'), 'utf8')).toBe(text);
    expect(sha256).toBe(hashOf(file('out.jsonl')));
  });

  it('comes out in the order of a column, over several tables', async () => {
    const own = { pair: 'uint32' } as const;
    await writeParquet(file('a.parquet'), own, { pair: [4, 0, 3] });
    await writeParquet(file('b.parquet'), own, { pair: [2, 1] });
    const rows: number[] = [];
    for await (const { pair } of parquetRows([file('a.parquet'), file('b.parquet')], own, 'pair'))
      rows.push(pair);
    expect(rows).toEqual([0, 1, 2, 3, 4]);
  });

  it('names file, row and column of a value that does not fit', async () => {
    writeFileSync(file('wrong.jsonl'), '{"pair":1}\n{"pair":-1}\n');
    await expect(
      importJsonLines(file('wrong.jsonl'), { pair: 'uint32' }, file('wrong.parquet')),
    ).rejects.toThrow(/wrong\.jsonl: row 2: pair must be uint32, received -1/);
    writeFileSync(file('cut.jsonl'), '{"pair":1}\n{"pair":');
    await expect(importJsonLines(file('cut.jsonl'), { pair: 'uint32' }, file('cut.parquet'))).rejects.toThrow(
      /cut\.jsonl:2: not a JSON value/,
    );
  });
});

describe('a committed file', () => {
  it('is there whole or not at all, and leaves nothing behind', async () => {
    mkdirSync(file('commit'));
    await commitFile(join(file('commit'), 'kept'), async (temporary) => writeFileSync(temporary, 'whole'));
    await expect(
      commitFile(join(file('commit'), 'lost'), async (temporary) => {
        writeFileSync(temporary, 'half');
        throw new Error('cut off');
      }),
    ).rejects.toThrow('cut off');
    expect(readdirSync(file('commit'))).toEqual(['kept']);
  });

  it('says what to do when the disk refuses', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(String(asStoreError(full, '/x/y'))).toMatch(
      /cannot write \/x\/y \(ENOSPC\): the disk is full: free some space, then run the same command again/,
    );
    const words = new Error('IO Error: Could not write file "/x": No space left on device');
    expect(asStoreError(words, '/x')).toMatchObject({ code: 'ENOSPC', name: 'StoreError' });
    const other = new Error('no such table');
    expect(asStoreError(other, '/x')).toBe(other);
  });

  it.skipIf(process.getuid?.() === 0)('reports a folder that may not be written', async () => {
    mkdirSync(file('closed'));
    chmodSync(file('closed'), 0o500);
    await expect(
      commitFile(join(file('closed'), 'x'), async (path) => writeFileSync(path, '')),
    ).rejects.toThrow(StoreError);
    chmodSync(file('closed'), 0o700);
  });
});

describe('a partition', () => {
  it('gives each part its rows in their order, more than wait in memory, and leaves nothing', async () => {
    const folder = file('partition');
    mkdirSync(folder);
    writeFileSync(join(folder, '0.jsonl'), '"left by a killed run"\n');
    const partition = createPartition<{ readonly row: number; readonly text: string }>(folder);
    // 90 MB in all: what waits in memory goes to disk twice before the end.
    const text = 'ü'.repeat(100_000);
    for (let row = 0; row < 900; row++) await partition.add([4, 0, 7][row % 3]!, { row, text });
    const parts: number[][] = [];
    for await (const rows of partition.parts()) {
      expect(rows.every((row) => row.text === text)).toBe(true);
      parts.push(rows.map(({ row }) => row));
    }
    const expected = (rest: number) => Array.from({ length: 300 }, (_, i) => 3 * i + rest);
    expect(parts).toEqual([expected(1), expected(0), expected(2)]);
    await partition.close();
    expect(existsSync(folder)).toBe(false);
  });
});
