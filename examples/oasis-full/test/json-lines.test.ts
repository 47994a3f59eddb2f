import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readJsonLines, writeJsonLines } from '../store/json-lines.js';

const folder = mkdtempSync(join(tmpdir(), 'json-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));
const read = async (path: string) => {
  const rows: unknown[] = [];
  for await (const row of readJsonLines(path)) rows.push(row);
  return rows;
};

describe('JSON lines', () => {
  it('come back as they were written, whatever a string holds', async () => {
    const path = join(folder, 'any.jsonl');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (rows) => {
        await writeJsonLines(path, rows);
        expect(await read(path)).toEqual(JSON.parse(JSON.stringify(rows)));
      }),
      { numRuns: 50 },
    );
    const odd = [{ a: 'x\u2028y\u2029z\u0085\r\n' }, 'ß'.repeat(400_000), ['短い'.repeat(200_000)]];
    await writeJsonLines(path, odd);
    expect(await read(path)).toEqual(odd);
  });

  it('may end as on Windows, or with no line end', async () => {
    const path = join(folder, 'windows.jsonl');
    writeFileSync(path, '{"a":1}\r\n\r\n{"b":2}\r\n{"c":3}');
    expect(await read(path)).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }]);
    writeFileSync(path, '{"a":1}\n{"b":\n');
    await expect(read(path)).rejects.toThrow(/windows\.jsonl:2: not a JSON value/);
  });
});
