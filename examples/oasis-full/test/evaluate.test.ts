import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EvaluationResult } from '../evaluation/evaluation-result.js';
import { type BenchmarkFolder, createBenchmarkFolder, functions } from './support/benchmark-folder.js';

const here = dirname(fileURLToPath(import.meta.url));
let folder = '';
let model = '';
let put: BenchmarkFolder['put'];
let evaluate: BenchmarkFolder['evaluate'];
let remove: BenchmarkFolder['remove'];

beforeAll(async () => {
  ({ folder, model, put, evaluate, remove } = await createBenchmarkFolder());
});
afterAll(() => remove());

describe('oasis-full evaluate', () => {
  it('prints the row of the paper beside the published ones and BM25', async () => {
    const [result, printed] = await evaluate({});
    const [task] = result.tasks;
    expect(task).toMatchObject({ task: 'CoSQA', measure: 'mrr@1000', queries: 60, documents: 60 });
    expect(task!.systems.map(({ system, role }) => [system, role])).toEqual([
      ['BM25', 'baseline'],
      ['tiny model', 'model'],
    ]);
    for (const { value, low, high } of task!.systems) {
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
    }
    // Each query shares exactly its two words with one function only.
    expect(task!.systems[0]!.value).toBe(1);
    expect(printed).toMatch(/OASIS 1\.5B \(published\) +55\.77/);
    expect(printed).toMatch(/BM25 +100\.00/);
    expect(printed).toContain('tiny model (subtoken-bag, 32 dimensions)');
    expect(printed).toContain('CoSQA has 500 queries and 6267 documents in the literature');
  });

  it('evaluates Code2Code without the program itself and without comments', async () => {
    const [result, printed] = await evaluate({
      benchmark: 'code2code',
      data: join(folder, 'c2c'),
      languages: ['python'],
    });
    expect(result.tasks[0]).toMatchObject({ task: 'Code2Code Python', measure: 'map', queries: 60 });
    expect(printed).toMatch(/OASIS 1\.5B \(published\) +66\.27/);
  });

  it('evaluates sets of library code by name', async () => {
    const programs = ['last', 'last', 'sum', 'sum'].map((label, index) => ({
      index,
      label,
      func:
        label === 'last' ? `const f = (list${index}) => list${index}.at(-1);` : 'const f = (a, b) => a + b;',
    }));
    await put('library/independent.jsonl', programs.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const asked = { benchmark: 'library-code', data: join(folder, 'library') } as const;
    const [result] = await evaluate({ ...asked, taskNames: ['independent'] });
    expect(result.tasks).toHaveLength(1);
    expect(result.tasks[0]).toMatchObject({ task: 'Library code, independent', measure: 'map', queries: 4 });
    await expect(evaluate({ ...asked, taskNames: ['near-copies'] })).rejects.toThrow(
      '--task of library-code must be one of all, independent, renamed-clones, received near-copies',
    );
    await expect(evaluate({ ...asked, languages: ['python'] })).rejects.toThrow(
      '--language does not apply: library-code is a single task',
    );
  });

  it('reads BEIR folders and names the queries every baseline ranks low', async () => {
    const [result, printed] = await evaluate({
      benchmark: 'beir',
      data: join(folder, 'beir'),
      baselines: [model],
      hardSubset: 1,
    });
    const { hardSubset, systems, measure } = result.tasks[0]!;
    expect(measure).toBe('ndcg@10');
    expect(systems.map(({ system, role }) => `${role} ${system}`)).toEqual([
      'baseline BM25',
      'baseline tiny model',
      'model tiny model',
    ]);
    // BM25 finds every answer first.
    expect(hardSubset).toMatchObject({ rank: 1, queries: 0 });
    expect(printed).toContain('Hard subset of beir: 0 of 60 queries that every baseline ranks below 1.');
  });

  it('takes any kind of model, and a prompt for its queries', async () => {
    const transformer = join(folder, 'tiny transformer');
    const encoder = await TransformerEncoder.random({
      texts: functions.map(({ code }) => code.join(' ')),
      vocabularySize: 300,
      hiddenSize: 32,
      layers: 1,
      intermediateSize: 32,
      seed: 1,
    });
    await encoder.save(transformer);
    encoder.dispose();
    const [plain, printed] = await evaluate({ model: transformer });
    expect(printed).toMatch(/tiny transformer \(.*32 dimensions\)/);
    const [prompted] = await evaluate({
      model: transformer,
      queryPrompt: 'return the code that does this: ',
    });
    expect(prompted.tasks[0]!.systems[1]!.value).not.toBe(plain.tasks[0]!.systems[1]!.value);
  });

  it('gives the hard subset its own numbers', async () => {
    // Every function is asked for in words that stand in none, so that BM25 finds nothing.
    const queries = functions.map((_, i) => ({
      doc: i < 20 ? 'unheard words' : 'sort list',
      retrieval_idx: i,
    }));
    await put('hard/cosqa-retrieval-test-500.json', JSON.stringify(queries));
    await put('hard/code_idx_map.txt', await readFile(join(folder, 'cosqa/code_idx_map.txt'), 'utf8'));
    const [result, printed] = await evaluate({ data: join(folder, 'hard'), hardSubset: 5 });
    const { hardSubset } = result.tasks[0]!;
    expect(hardSubset!.queries).toBeGreaterThanOrEqual(20);
    expect(hardSubset!.systems.map(({ system }) => system)).toEqual(['BM25', 'tiny model']);
    // Below rank 5, a reciprocal rank is less than 1/5.
    expect(hardSubset!.systems[0]!.value).toBeLessThan(0.2);
    expect(printed).toContain(`${hardSubset!.queries} of 60 queries that every baseline ranks below 5.`);
  });

  it('says which file to get, before anything is computed', async () => {
    await expect(evaluate({ benchmark: 'codesearchnet', data: join(folder, 'csn') })).rejects.toThrow(
      /python\/test\.jsonl is missing\. Get the CodeSearchNet data/,
    );
    await expect(evaluate({ model: join(folder, 'cosqa') })).rejects.toThrow(
      'cosqa must be the folder of a model, with config.json in it',
    );
    await expect(evaluate({ languages: ['ruby'] })).rejects.toThrow(
      '--language does not apply: cosqa is a single task',
    );
    await expect(
      evaluate({ benchmark: 'codesearchnet', data: folder, languages: ['cobol'] }),
    ).rejects.toThrow('--language of codesearchnet must be one of python, java');
  });

  it('is a command that prints one JSON object', async () => {
    const root = resolve(here, '../../..');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        ...['--import', 'tsx', join(here, '../cli.ts'), 'evaluate', '--benchmark', 'cosqa'],
        ...['--data', join(folder, 'cosqa'), '--model', model, '--hard-subset', '--json'],
      ],
      { cwd: root },
    );
    const result = JSON.parse(stdout) as EvaluationResult;
    expect(result.tasks[0]).toMatchObject({ task: 'CoSQA', hardSubset: { rank: 10 } });
    expect(Object.keys(result.tasks[0]!.systems[0]!.measures)).toEqual([
      'mrr@1000',
      'recall@1',
      'recall@10',
      'ndcg@10',
    ]);
    expect(await readFile(join(folder, 'cosqa/code_idx_map.txt'), 'utf8')).toContain('def');
  });
});
