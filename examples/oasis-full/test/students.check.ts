import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { TransformerEncoder } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTextModel } from '../models/text-model.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-students-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const model = join(scratch, 'tiny-bert');
const out = join(scratch, 'run');
const repository = [join(here, '../node_modules'), join(root, 'node_modules')]
  .map((folder) => join(folder, 'simple-statistics/src'))
  .find((path) => existsSync(path))!;

const command = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(here, '../cli.ts'),
];
const oasisFull = (...args: string[]) => {
  const run = spawnSync(process.execPath, [...command, ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  return run;
};
/** Two teachers, the model itself and LSA, whose vectors label whole batches. */
const train = (...more: string[]) =>
  oasisFull(
    ...['--repos', repository, '--out', out, '--encoder', model, '--embedder', model, 'lsa'],
    ...['--teacher-scale', 'z-score', '--label-dimensions', '16', '--threshold', '0.9'],
    ...['--epochs', '2', '--batch-queries', '16', '--learning-rate', '0.02', '--labels', 'batch', ...more],
  );
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const search = () =>
  oasisFull('search', 'median of numbers', '--run', out, '--json', '--top', '2').stdout.trim().split('\n');

/** The student moves, whether or not validation finds the moved one better. */
const expectLearning = () => {
  const curve = readFileSync(join(out, 'training-curve.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const losses = curve.flatMap(({ loss }: { loss?: number }) => loss ?? []);
  expect(losses.at(-1)).toBeLessThan(losses[0]!);
};

beforeAll(async () => {
  await selectBackend('cpu');
  const encoder = TransformerEncoder.random({
    texts: ['the median of a sorted list of numbers', 'function mean(x) { return sum(x) / x.length; }'],
    ...{ hiddenSize: 16, layers: 1, heads: 2, vocabularySize: 200, maximumLength: 64 },
  });
  await encoder.save(model);
  encoder.dispose();
});

describe('students of a model', () => {
  it('trains a static encoder that starts from its tokens, on labels over the whole batch', async () => {
    const { stderr } = train('--student', 'static', '--dimensions', '12');
    expect(stderr).toMatch(/model [0-9a-f]+ and lsa-16-\d+ correlate by -?0\.\d\d on negatives/);
    expect(stderr).toMatch(/mean\(.+\) labels every pair of a batch/);
    const { teachers } = readJson(join(out, 'stages/annotation.json')).summary;
    expect(teachers.pairs[0][1]).toBeCloseTo(teachers.pairs[1][0], 12);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toMatch(/averaged at one mean and spread/);
    const { summary } = readJson(join(out, 'stages/training.json'));
    expect(summary).toMatchObject({ encoder: 'static', dimensions: 12 });
    expect(readJson(join(out, 'evaluation.json')).systems).toHaveLength(3);
    expect(search()).toHaveLength(2);
    expectLearning();
  });

  it('trains a head over its vectors, which opens where the model is, and says where it is not', async () => {
    train('--student', 'head', '--cosent-groups', 'query', '--positive-labels', 'top');
    const { summary } = readJson(join(out, 'stages/training.json'));
    // A residual head of 16 × 16 for docstrings, and another for code.
    expect(summary).toMatchObject({ encoder: 'adapter', dimensions: 16, parameters: 2 * 16 * 16 });
    expect(search()).toHaveLength(2);
    const texts = ['median of numbers', 'x'];
    const open = async (folder: string) => {
      const opened = await loadTextModel(folder);
      const vectors = await opened.embed(texts, 'query');
      await opened.close();
      return vectors.data;
    };
    // Untrained, a residual head is the model itself.
    const [base, start] = [await open(model), await open(join(out, 'model-untrained'))];
    start.forEach((value, i) => {
      expect(value).toBeCloseTo(base[i]!, 5);
    });
    expectLearning();
    renameSync(model, `${model}-moved`);
    await expect(loadTextModel(join(out, 'model'))).rejects.toThrow(
      /base\.json: expected the model whose vectors/,
    );
    renameSync(`${model}-moved`, model);
  });
});
