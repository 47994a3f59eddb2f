import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TextFile } from 'oasis-embed/encoders';
import { checkDataset } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairTexts } from '../annotation/annotated-functions.js';
import { readPairs } from '../annotation/pairs.js';
import type { StageRecord } from '../pipeline/stage.js';
import { type AnnotationSummary, trainingFunctions } from '../pipeline/stages/annotation.js';
import type { CorpusSummary } from '../pipeline/stages/corpus.js';
import { openTrainingData } from '../pipeline/training-data.js';
import { readJson } from '../store/json-files.js';
import { readAllJsonLines } from '../store/json-lines.js';
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
      ...['--shard-size', '40', '--until', 'refinement'],
    ],
    {
      cwd: resolve(here, '../../..'),
      env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
      encoding: 'utf8',
    },
  );
  expect(status, stderr).toBe(0);
});

const opened = (inMemory?: number) => {
  const corpus = readJson<StageRecord<CorpusSummary>>(folder.marker('corpus')).summary;
  const annotation = readJson<StageRecord<AnnotationSummary>>(folder.marker('annotation')).summary;
  expect(annotation.groups.length).toBeGreaterThan(2);
  const published = folder.path('datasetParquet');
  return openTrainingData({
    at: folder.at,
    functions: folder.path('functions'),
    count: corpus.kept,
    groups: annotation.groups,
    pairs: annotation.pairs,
    dataset: readdirSync(published).map((file) => join(published, file)),
    directory: folder.path('trainingTexts'),
    ...(inMemory === undefined ? {} : { inMemory }),
  });
};

describe('openTrainingData', () => {
  it('numbers texts and pairs as the files for people do, with the labels that were published', async () => {
    const functions = await trainingFunctions({ folder });
    const texts = pairTexts(functions);
    const pairs = await readPairs(folder.path('pairs'));
    const dataset = await readAllJsonLines<{ pair: number; similarity: number; function_id: string }>(
      folder.path('dataset'),
    );
    expect(texts.queries.length).toBeLessThan(texts.documents.length);
    const data = await opened();
    expect(Array.isArray(data.queries)).toBe(true);
    expect(data.queries).toEqual(texts.queries);
    expect(data.documents).toEqual(texts.documents);
    const similarity = new Float32Array(pairs.query.length);
    for (const row of dataset) {
      similarity[row.pair] = row.similarity;
      expect(row.function_id).toBe(functions[pairs.document[row.pair]!]!.id);
    }
    expect(data.pairs).toEqual({ ...pairs, similarity });
    expect(similarity).not.toEqual(pairs.similarity);
    expect(() => checkDataset(data)).not.toThrow();
    await data.close();
    expect(existsSync(folder.path('trainingTexts'))).toBe(false);
  });

  it('leaves texts on disk where they are many', async () => {
    const { queries, documents } = pairTexts(await trainingFunctions({ folder }));
    const data = await opened(1000);
    expect(data.documents).toBeInstanceOf(TextFile);
    expect(data.bytesOnDisk).toBeGreaterThan(1000);
    expect([...data.queries]).toEqual(queries);
    expect([...data.documents]).toEqual(documents);
    expect(data.documents.at(7)).toBe(documents[7]);
    await data.close();
  });
});
