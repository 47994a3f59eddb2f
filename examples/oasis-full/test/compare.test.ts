import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { compareRuns, type RunComparison } from 'oasis-embed/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CompareFilesOptions, compareFiles, runNames } from '../evaluation/compare-files.js';

let folder = '';
const at = (name: string) => join(folder, name);
const queries = Array.from({ length: 8 }, (_, q) => `q${q}`);
const qrels = Object.fromEntries(queries.map((query, q) => [query, { [`d${q}`]: 1 }]));
/** The answer of query q at rank 1 + q % spread. */
const ranking = (spread: number) =>
  Object.fromEntries(
    queries.map((query, q) => {
      const others = Array.from({ length: q % spread }, (_, i) => [`x${i}`, 10 - i] as const);
      return [query, Object.fromEntries([...others, [`d${q}`, 1]])];
    }),
  );
const lines = (run: Record<string, Record<string, number>>) =>
  Object.entries(run)
    .flatMap(([query, row]) => Object.entries(row).map(([id, score]) => `${query} Q0 ${id} 1 ${score} tag\n`))
    .join('');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'oasis-full-compare-'));
  await writeFile(at('qrels.txt'), queries.map((query, q) => `${query} 0 d${q} 1\n`).join(''));
  await writeFile(at('words.run'), lines(ranking(4)));
  await writeFile(at('vectors.run.gz'), gzipSync(lines(ranking(2))));
  const { q7: _, ...short } = ranking(2);
  await writeFile(at('short.run'), lines(short));
  await writeFile(at('other.run'), 'a Q0 d1 1 0.5 tag\n');
});
afterAll(() => rm(folder, { recursive: true }));

const compare = async (runs: readonly string[], options: Partial<CompareFilesOptions> = {}) => {
  const print = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  try {
    const comparison = await compareFiles({
      qrels: at('qrels.txt'),
      runs: runs.map(at),
      measures: ['mrr'],
      json: false,
      svg: null,
      html: null,
      ...options,
    });
    return { comparison, printed: String(print.mock.calls[0]![0]) };
  } finally {
    print.mockRestore();
  }
};

describe('oasis-full compare', () => {
  it('prints what compareRuns finds, from plain and packed files', async () => {
    const { comparison, printed } = await compare(['words.run', 'vectors.run.gz']);
    const runs = [
      { name: 'words', run: ranking(4) },
      { name: 'vectors', run: ranking(2) },
    ];
    expect(comparison).toEqual(compareRuns(runs, qrels, ['mrr']));
    const [difference] = comparison.differences;
    expect(printed).toMatch(/words +52\.08/);
    expect(printed).toMatch(/vectors +75\.00◂/);
    expect(printed).toContain(`+${(100 * difference!.difference).toFixed(2)}`);
    expect(printed).toContain('two-sided paired randomization test');
  });

  it('writes JSON, a figure and a page', async () => {
    const options = { json: true, svg: at('c.svg'), html: at('c.html') };
    const { comparison, printed } = await compare(['words.run', 'vectors.run.gz'], options);
    expect(JSON.parse(printed) as RunComparison).toEqual(comparison);
    expect(await readFile(at('c.svg'), 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
    expect(await readFile(at('c.html'), 'utf8')).toContain('<title>words, vectors</title>');
  });

  it('says which queries a run lacks, and goes on when told how', async () => {
    const files = ['words.run', 'short.run'];
    await expect(compare(files)).rejects.toThrow(
      'short must have every query of the qrels, received 7 of 8: q7 missing',
    );
    const { printed } = await compare(files, { missing: 'zero' });
    expect(printed).toContain('Note: short lacks 1 query of the qrels.');
    expect((await compare(files, { missing: 'shared' })).printed).toContain('7 queries');
  });

  it.each<[string, readonly string[], Partial<CompareFilesOptions>]>([
    ['must be a file of a run, received none', ['words.run', 'nowhere.run'], {}],
    ['qrels.txt:1: expected 6 columns', ['words.run', 'qrels.txt'], {}],
    ['do the files belong together?', ['words.run', 'other.run'], {}],
    ['each run must be named once', ['words.run', 'words.run'], {}],
    ['--svg shows differences: it needs at least two runs, received 1', ['words.run'], { svg: 'c.svg' }],
  ])('refuses: %s', async (message, files, options) => {
    await expect(compare(files, options)).rejects.toThrow(message);
  });

  it('calls runs by their files, by their paths where these are alike', () => {
    expect(runNames(['a/bm25.run.gz', 'a/dense.txt', 'plain'])).toEqual(['bm25', 'dense', 'plain']);
    expect(runNames(['a/x.run', 'b/x.run', 'y'])).toEqual(['a/x.run', 'b/x.run', 'y']);
  });
});
