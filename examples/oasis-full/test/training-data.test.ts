import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { DocstringRow } from 'oasis-embed/annotation';
import { TextFile } from 'oasis-embed/encoders';
import { checkDataset } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { annotatedFunctions, pairTexts } from '../annotation/annotated-functions.js';
import type { StoredFunction } from '../corpus/stored-function.js';
import { publishedFiles } from '../pipeline/recipe/published-dataset.js';
import { openTrainingData } from '../pipeline/recipe/training-data.js';
import type { datasetColumns } from '../store/dataset-columns.js';
import { sqlText, withDuckDb } from '../store/duckdb.js';
import { readAllJsonLines } from '../store/json-lines.js';
import type { Row } from '../store/parquet-json-lines.js';
import { createRunFolder } from '../store/run-folder.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-training-data-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const folder = createRunFolder(join(scratch, 'run'));

/** Functions of repositories that take turns, some of which share a docstring with another repository. */
const rows = Array.from({ length: 240 }, (_, i) => {
  const repository = `owner${i % 8}/library`;
  const word = ['sorts', 'reads', 'joins', 'counts', 'splits'][i % 5]!;
  const noun = ['names', 'files', 'lists'][Math.floor(i / 8) % 3]!;
  const doc =
    i % 10 === 0
      ? `Returns the ${noun} of the given thing.`
      : `Carefully ${word} the ${noun} of number ${i} again.`;
  // Every third is another's code under other names, whose label a judge raises.
  const [method, number] = i % 3 === 0 ? ['take', 5] : [word, i];
  const code =
    `function ${word}${i}(${noun}) {\n  const sum${i} = ${noun}.${method}(${number});\n` +
    `  if (sum${i} > 3) return ${noun}.length;\n  return sum${i} + ${number * 7};\n}`;
  return { repository, path: `src/${i}.js`, name: `${word}${i}`, language: 'javascript', code, doc };
});

beforeAll(() => {
  const file = join(scratch, 'functions.jsonl');
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      ...['--import', loader, join(here, '../cli.ts'), 'run', '--functions', file, '--out', folder.root],
      ...['--near-duplicates', 'keep', '--threshold', '0.6', '--label-dimensions', '8'],
      ...['--shard-size', '40', '--until', 'refinement', '--workers', '1'],
    ],
    {
      cwd: resolve(here, '../../..'),
      env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
});

/** Functions and docstrings by the files for people: in the order of functions.jsonl, distinct in order of appearance. */
const published = async () => {
  const functions = annotatedFunctions(
    await readAllJsonLines<StoredFunction>(folder.path('functions')),
    await readAllJsonLines<DocstringRow>(folder.path('docstrings')),
  );
  return { functions, ...pairTexts(functions) };
};

const opened = (inMemory?: number) =>
  openTrainingData({
    dataset: publishedFiles(folder),
    directory: folder.path('trainingTexts'),
    ...(inMemory === undefined ? {} : { inMemory }),
  });

describe('openTrainingData', () => {
  it('numbers texts and pairs of the published dataset as the files for people do', async () => {
    const { functions, queries, documents } = await published();
    const dataset = await readAllJsonLines<Row<typeof datasetColumns>>(folder.path('dataset'));
    expect(publishedFiles(folder).length).toBeGreaterThan(2);
    expect(queries.length).toBeLessThan(documents.length);
    const data = await opened();
    expect(Array.isArray(data.queries)).toBe(true);
    expect(data.queries).toEqual(queries);
    expect(data.documents).toEqual(documents);
    const ids = functions.map(({ id }) => id);
    expect(dataset.map(({ pair }) => pair)).toEqual(dataset.map((_, i) => i));
    expect(data.pairs).toEqual({
      query: Uint32Array.from(dataset, (row) => queries.indexOf(row.poss_docstring!)),
      document: Uint32Array.from(dataset, (row) => ids.indexOf(row.function_id!)),
      similarity: Float32Array.from(dataset, (row) => row.similarity),
      positive: Uint8Array.from(dataset, (row) => row.is_gt),
    });
    // Some labels were raised, and it is these that are trained on.
    expect(dataset.some((row) => row.similarity > row.similarity_before)).toBe(true);
    expect(() => checkDataset(data)).not.toThrow();
    await data.close();
    expect(existsSync(folder.path('trainingTexts'))).toBe(false);
  });

  it('needs no other file, and takes the dataset’s files in any order', async () => {
    const first = await opened();
    const elsewhere = join(scratch, 'dataset-alone');
    mkdirSync(elsewhere);
    const copies = publishedFiles(folder).map((file, i) => {
      const copy = join(elsewhere, `${i}.parquet`);
      copyFileSync(file, copy);
      return copy;
    });
    const data = await openTrainingData({
      dataset: copies.reverse(),
      directory: join(scratch, 'texts-alone'),
    });
    expect(data.queries).toEqual(first.queries);
    expect(data.documents).toEqual(first.documents);
    expect(data.pairs).toEqual(first.pairs);
    await data.close();
    await first.close();
  });

  it('names the fault of a dataset whose positives are missing', async () => {
    const [first] = publishedFiles(folder);
    const negatives = join(scratch, 'negatives.parquet');
    await withDuckDb((connection) =>
      connection.run(
        `COPY (SELECT * FROM read_parquet(${sqlText(first!)}) WHERE is_gt = 0 OR pair > 5) TO ${sqlText(negatives)}`,
      ),
    );
    const data = openTrainingData({ dataset: [negatives], directory: join(scratch, 'texts-missing') });
    await expect(data).rejects.toThrow(/must hold the positive pair of each function and docstring/);
  });

  it('leaves texts on disk where they are many', async () => {
    const { queries, documents } = await published();
    const data = await opened(1000);
    expect(data.documents).toBeInstanceOf(TextFile);
    expect(data.bytesOnDisk).toBeGreaterThan(1000);
    expect([...data.queries]).toEqual(queries);
    expect([...data.documents]).toEqual(documents);
    expect(data.documents.at(7)).toBe(documents[7]);
    await data.close();
  });
});
