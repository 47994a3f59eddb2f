import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { StoredFunction } from '../corpus/stored-function.js';
import { writeGroups } from '../pipeline/recipe/write-groups.js';
import { queryColumns } from '../pipeline/shards/group.js';
import { queriesShard, SHARED_POSITIVES } from '../pipeline/shards/queries.js';
import { readParquet, writeParquet } from '../store/parquet-table.js';

const root = mkdtempSync(join(tmpdir(), 'oasis-full-queries-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const GROUPS = 3;
/** Of each group the first so many have a docstring that all groups have. */
const COMMON = 50;
const EACH = 60;

const docstringOf = (repository: number, i: number) =>
  i < COMMON
    ? 'Constructor.'
    : i < COMMON + 5
      ? `Asked twice ${repository % 2} ${i}`
      : `Own ${repository} ${i}`;

it('shows a group its own functions, and of a docstring that others share the first of the run', async () => {
  // Repositories take turns, so that a group's functions do not stand together.
  const functions = Array.from({ length: GROUPS * EACH }, (_, place) => {
    const [repository, i] = [place % GROUPS, Math.floor(place / GROUPS)];
    return { id: `${repository}-${i}`, repository: `r${repository}`, code: `code ${place}`, place };
  });
  const stored = async function* () {
    yield* functions as unknown as StoredFunction[];
  };
  const groups = await writeGroups(root, stored, () => true, EACH);
  expect(groups.length).toBe(GROUPS);
  const docstrings = await Promise.all(
    groups.map(async (_, r) => {
      const path = `docstrings-${r}.parquet`;
      const own = Array.from({ length: EACH }, (_, i) => i);
      await writeParquet(
        join(root, path),
        { id: 'text', docstring: 'text' },
        { id: own.map((i) => `${r}-${i}`), docstring: own.map((i) => docstringOf(r, i)) },
      );
      return { path, sha256: '' };
    }),
  );
  const names = groups.map(({ name }) => name);
  const result = await queriesShard({
    task: {
      kind: 'queries',
      stage: 'queries',
      shard: 'all',
      key: 'k',
      inputs: [...groups.map(({ members }) => members), ...docstrings],
      options: { groups: names },
      how: null,
    },
    root,
    path: (relative) => join(root, relative),
    output: (name) => join(root, `out-${name}`),
    progress: () => {},
    line: () => {},
  });
  expect(result.rows).toBe(GROUPS * EACH);

  const distinct: string[] = [];
  const docstringAt = ({ id }: { readonly id: string }) => {
    const [repository, i] = id.split('-').map(Number) as [number, number];
    return docstringOf(repository, i);
  };
  for (const fn of functions) if (!distinct.includes(docstringAt(fn))) distinct.push(docstringAt(fn));
  for (const [group, name] of names.entries()) {
    const read = await readParquet(join(root, `out-${name}.parquet`), queryColumns);
    const rows = Array.from(read.fn, (fn, i) => ({
      fn,
      query: read.query[i]!,
      foreign: read.foreign[i]!,
      docstring: read.docstring[i]!,
      record: read.record[i]!,
    }));
    const own = functions.filter(({ repository }) => repository === `r${group}`);
    const asked = new Set(own.map(docstringAt));
    const expected = [...asked].flatMap((docstring) =>
      functions
        .filter((fn) => docstringAt(fn) === docstring)
        .slice(0, SHARED_POSITIVES)
        .filter((fn) => fn.repository !== `r${group}`),
    );
    expect(rows.filter(({ foreign }) => foreign === 0).map(({ fn }) => fn)).toEqual(
      own.map((fn) => fn.place),
    );
    const foreign = rows.filter((row) => row.foreign === 1);
    expect(foreign.map(({ fn }) => fn)).toEqual(expected.map((fn) => fn.place).sort((a, b) => a - b));
    for (const row of rows) expect(row.docstring).toBe(distinct[row.query]);
    for (const row of foreign) expect(JSON.parse(row.record).code).toBe(`code ${row.fn}`);
  }
});
