import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRepositories } from './support/small-repositories.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-one-recipe-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const oasisFull = (...args: string[]) => {
  const run = spawnSync(process.execPath, ['--import', loader, join(here, '../cli.ts'), ...args], {
    cwd: resolve(here, '../../..'),
    env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout;
};

const repositories = writeRepositories(scratch, ['alpha', 'beta', 'gamma', 'delta']);

/** The run, its ablation and a search for options take the same steps, so their numbers must be the same numbers. */
describe('the recipe', () => {
  const out = join(scratch, 'run');
  const readRun = <T>(file: string): T => JSON.parse(readFileSync(join(out, file), 'utf8')) as T;
  /** Every file that a run leaves of its shards, by its hash. */
  const shards = () =>
    readdirSync(join(out, 'shards'), { recursive: true, encoding: 'utf8' })
      .filter((path) => !/^(tune|ablation)-/.test(path) && path.endsWith('.parquet'))
      .sort()
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(out, 'shards', path)))
          .digest('hex'),
      ]);
  beforeAll(() => {
    const programs = ['a', 'b', 'a', 'b'].map((label, index) => ({
      index,
      label,
      func: `const f${index} = (${label}) => ${label}.length;`,
    }));
    mkdirSync(join(scratch, 'code'));
    writeFileSync(
      join(scratch, 'code/independent.jsonl'),
      programs.map((program) => `${JSON.stringify(program)}\n`).join(''),
    );
    oasisFull(
      ...['--repos', ...repositories, '--out', out, '--epochs', '2', '--dimensions', '16'],
      ...['--label-dimensions', '8', '--batch-queries', '4', '--threshold', '0.6', '--seed', '3'],
      ...['--ablation', '--ablation-seeds', '1', '--ablation-library-code', join(scratch, 'code')],
      ...['--folds', '3', '--final-fit'],
    );
  });

  it('gives the ablation the result of the run for the whole recipe', () => {
    const { systems } = readRun<{
      systems: { name: string; measures: Record<string, { value: number }> }[];
    }>('evaluation.json');
    type Table = { measure: string; queries: number; rows: { name: string; values: number[] }[] };
    const { rows, libraryCode } = readRun<Table & { libraryCode: Table }>('ablation.json');
    const trained = systems.find(({ name }) => name === 'OASIS')!.measures['MRR@1000']!.value;
    expect(rows).toHaveLength(6);
    expect(rows[0]!.values[0]).toBeCloseTo(trained, 12);
    expect(libraryCode).toMatchObject({ measure: 'MAP', queries: 4 });
    expect(libraryCode.rows.map(({ name }) => name)).toEqual(rows.map(({ name }) => name));
    expect(libraryCode.rows.every(({ values: [value] }) => value! > 0.3 && value! <= 1)).toBe(true);
  });

  it('holds out every documented function once, and searches by the model that learned from all of them', () => {
    const { summary } = readRun<{ summary: { documented: number } }>('stages/corpus.json');
    const folded = readRun<{ unit: string; queries: number[]; all: { name: string; values: number[] }[] }>(
      'cross-validation.json',
    );
    expect(folded.unit).toBe('owner');
    // Functions of one part that share a docstring are one question.
    const asked = folded.queries.reduce((sum, count) => sum + count, 0);
    expect(asked).toBeGreaterThan(0.8 * summary.documented);
    expect(asked).toBeLessThanOrEqual(summary.documented);
    expect(folded.all.map(({ values }) => values.length)).toEqual([3, 3, 3]);
    const { epochs } = readRun<{ summary: { epochs: number } }>('stages/final-fit.json').summary;
    const { modelFolder } = readRun<{ modelFolder: string | null }>('index/index.json');
    expect(modelFolder).toBe(epochs === 0 ? null : 'final-fit/model');
    expect(oasisFull('search', 'the median of numbers', '--run', out)).toMatch(/median/);
  });

  it('gives tune the validation MRR of the run at the run’s own values, and leaves its shards alone', () => {
    const { summary } = readRun<{ summary: { best: { mrr: number } } }>('stages/training.json');
    const before = shards();
    const stdout = oasisFull('tune', '--run', out, '--delta-s', '0.05', '0.3');
    expect(stdout).toMatch(/Best, /);
    const { scores } = readRun<{ scores: Record<string, number> }>('tune.json');
    const own = Object.entries(scores).find(([point]) => /0\.05/.test(point))![1];
    expect(own).toBeCloseTo(summary.best.mrr, 12);
    expect(shards()).toEqual(before);
  });

  it('tunes the form of CoSENT, over the labels of the whole batch as well', () => {
    const stdout = oasisFull(
      ...['tune', '--run', out, '--labels', 'sampled', 'batch', '--cosent-groups', 'all', 'query'],
      ...['--cosent-margin', '0.02'],
    );
    expect(stdout).toMatch(/--labels +--cosent-groups +--cosent-margin/);
    expect(stdout).toMatch(/Best, [\d.]+: --labels \w+ --cosent-groups \w+ --cosent-margin 0\.02/);
    expect(stdout.match(/^(sampled|batch) +(all|query) +0\.02 /gm)).toHaveLength(4);
  });

  it('is measured on negatives whose truth is known', () => {
    for (const repository of repositories) {
      const older = join(scratch, 'older', basename(repository));
      mkdirSync(older, { recursive: true });
      for (const name of readdirSync(repository)) {
        const code = readFileSync(join(repository, name), 'utf8');
        writeFileSync(
          join(older, name),
          code.replace('  return ', '  const n = numbers.length;\n  return n && '),
        );
      }
    }
    const stdout = oasisFull(
      ...['measure-refinement', '--run', out, '--per-kind', '10', '--seeds', '2'],
      ...['--other-versions', join(scratch, 'older'), '--agreement', join(out, 'model'), '--pool', '8'],
    );
    expect(stdout).toMatch(/similarity above s\* = 0\.6000/);
    expect(stdout).toMatch(/% found, 2 seeds.*\n.*\n.* ± /);
    const { rules, seeds } = readRun<{
      seeds: number[];
      rules: {
        name: string;
        byKind: Record<string, { mean: number | null; deviation: number | null }>;
        planted: Record<string, number>;
      }[];
    }>('refinement-measure.json');
    expect(seeds).toEqual([1, 2]);
    const judged = rules.find(({ name }) => /^clone judge \(any renaming.*of all$/.test(name))!;
    expect(judged.planted['renamed-clone']).toBeGreaterThan(0);
    // Renamed clones of 20 nodes and more, and nothing that does something else.
    expect(judged.byKind['turned-operator']).toEqual({ mean: 0, deviation: 0 });
    // So few functions may have no unrelated one.
    expect(judged.byKind.unrelated!.mean ?? 0).toBe(0);
    const agreed = rules.filter(({ name }) => /^agreement of model \(rank \d+ of \d, .*of all$/.test(name));
    expect(agreed).toHaveLength(3);
    // Clones are accepted, edits of the positive are not, whatever the model says.
    for (const { byKind } of agreed) {
      expect(byKind['renamed-clone']!.mean).toBeGreaterThanOrEqual(judged.byKind['renamed-clone']!.mean!);
      expect(byKind['turned-operator']!.mean).toBeLessThan(0.5);
    }
    const suspected = rules.find(({ name }) => name === 'tree ratio ≤ 0.4')!.byKind;
    expect(suspected['other-version']!.mean).toBeGreaterThan(0);
    expect(suspected['renamed-clone']!.mean).toBeGreaterThan(0);
  });

  it('is exported for another trainer with its labels and its settings', () => {
    const training = join(scratch, 'training');
    oasisFull('export', '--run', out, '--out', training, '--model', 'owner/name');
    const settings = JSON.parse(readFileSync(join(training, 'settings.json'), 'utf8'));
    expect(settings).toMatchObject({
      model: 'owner/name',
      epochs: 2,
      batch: 4,
      seed: 3,
      weight_infonce: 0.98,
    });
    const published = (folder: string) =>
      readdirSync(folder).map((file) => readFileSync(join(folder, file)).toString('base64'));
    expect(published(join(training, 'dataset'))).toEqual(published(join(out, 'dataset')));
    expect(readFileSync(join(training, 'train.py'), 'utf8')).toMatch(/^"{3}Trains a model on dataset/);
  });
});
