import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-pipeline-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

// By the loader and not by tsx's command, which would start a process of its own that outlives a kill.
const command = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(here, '../cli.ts'),
];
const environment = { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' };

/** Small packages that the example installs anyway. */
const packageFolder = (name: string): string =>
  [join(here, '../node_modules', name), join(root, 'node_modules', name)].find((path) => existsSync(path))!;
const repositories = ['luxon', 'simple-statistics', 'mocha'].map(packageFolder);

const oasisFull = (...args: string[]) =>
  spawnSync(process.execPath, [...command, ...args], { cwd: root, env: environment, encoding: 'utf8' });

const quick = ['--epochs', '1', '--dimensions', '64', '--label-dimensions', '32', '--batch-queries', '16'];
const unasked = (out: string) => ['--repos', ...repositories, '--out', out, ...quick];
const runArguments = (out: string, ...more: string[]) => [...unasked(out), '--folds', '0', ...more];

const hashOf = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
/** Everything but times, which differ from run to run. */
const resultOf = (run: string) => ({
  dataset: hashOf(join(run, 'dataset.jsonl')),
  functions: hashOf(join(run, 'functions.jsonl')),
  model: hashOf(join(run, 'model/model.safetensors')),
  curve: hashOf(join(run, 'training-curve.jsonl')),
  metrics: readJson(join(run, 'evaluation.json')),
});
const leftOvers = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tmp$|checkpoint/.test(path));

describe('a run on three repositories', () => {
  const out = join(scratch, 'first');
  let printed = '';
  beforeAll(() => {
    const run = oasisFull(...runArguments(out));
    expect(run.stderr + run.stdout).not.toMatch(/error:/);
    expect(run.status).toBe(0);
    printed = run.stdout;
  });

  it('leaves every file it promises, and no temporary one', () => {
    for (const file of [
      'dataset.jsonl',
      'mixture.json',
      'model/model.safetensors',
      'model/config.json',
      'evaluation.json',
      'report.html',
      'README.md',
      'run.json',
    ]) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
    expect(leftOvers(out)).toEqual([]);
  });

  it('writes the released columns, labels in [0, 1), one positive at least for every query', () => {
    const rows = readFileSync(join(out, 'dataset.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const positive = new Set<string>();
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(
        expect.arrayContaining([
          'poss_docstring',
          'snippet_wo_comment',
          'similarity',
          'lang',
          'is_gt',
          'query_id',
          'function_id',
        ]),
      );
      expect(row.similarity).toBeGreaterThanOrEqual(0);
      expect(row.similarity).toBeLessThan(1);
      if (row.is_gt === 1) positive.add(row.query_id);
    }
    expect(new Set(rows.map((row) => row.query_id))).toEqual(positive);
  });

  it('keeps every repository on one side of the split', () => {
    const sides = new Map<string, Set<string>>();
    for (const line of readFileSync(join(out, 'functions.jsonl'), 'utf8').trimEnd().split('\n')) {
      const { repository, split, documented } = JSON.parse(line);
      if (documented) sides.set(repository, (sides.get(repository) ?? new Set()).add(split));
    }
    expect([...sides.values()].map((side) => side.size)).toEqual([1, 1, 1]);
    expect(new Set([...sides.values()].flatMap((side) => [...side])).size).toBe(3);
  });

  it('prints the metrics that evaluation.json holds', () => {
    const { systems } = readJson(join(out, 'evaluation.json'));
    for (const { name, measures } of systems) {
      expect(printed).toContain(name);
      expect(printed).toContain((100 * measures['MRR@1000'].value).toFixed(2));
    }
  });

  it('does nothing again when nothing has changed', () => {
    const before = resultOf(out);
    const run = oasisFull(...runArguments(out));
    expect(run.status).toBe(0);
    expect(run.stderr.match(/kept from an earlier run/g)?.length).toBe(7);
    expect(resultOf(out)).toEqual(before);
  });

  it('is cross-validated unasked, for three repositories say little', () => {
    const before = resultOf(out);
    const run = oasisFull(...unasked(out));
    expect(run.status).toBe(0);
    expect(existsSync(join(out, 'cross-validation.json'))).toBe(true);
    expect(run.stdout).toContain('Cross-validation');
    expect(resultOf(out)).toEqual(before);
  });

  it('gives the same bytes and metrics for the same seed, and after a kill in the middle', async () => {
    const other = join(scratch, 'second');
    const child = spawn(process.execPath, [...command, ...runArguments(other)], {
      cwd: root,
      env: environment,
    });
    // The first evaluation is reported when training is on its way.
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('step 0: validation')) resolve();
      });
      child.on('exit', () => reject(new Error('ended before training')));
    });
    const gone = new Promise((resolve) => child.removeAllListeners('exit').on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(existsSync(join(other, 'evaluation.json'))).toBe(false);
    const resumed = oasisFull(...runArguments(other));
    expect(resumed.status).toBe(0);
    expect(resumed.stderr.match(/kept from an earlier run/g)?.length).toBe(3);
    expect(resultOf(other)).toEqual(resultOf(out));
    expect(leftOvers(other)).toEqual([]);
  });

  it('validates on and ranks no more functions than it is told, and says so', () => {
    const capped = ['--validation-functions', '12', '--test-functions', '40'];
    const run = oasisFull(...runArguments(join(scratch, 'capped'), ...capped));
    expect(run.status).toBe(0);
    const whole = readJson(join(out, 'evaluation.json'));
    const part = readJson(join(scratch, 'capped/evaluation.json'));
    expect(whole).not.toHaveProperty('heldOut');
    expect(part).toMatchObject({ candidates: 40, heldOut: whole.candidates });
    expect(run.stderr).toMatch(
      /12 of \d+ held-out documented functions are used for validation \(--validation-functions\)/,
    );
    expect(run.stderr).toContain(
      `40 of ${whole.candidates} held-out documented functions are ranked (--test-functions)`,
    );
    expect(readFileSync(join(scratch, 'capped/report.html'), 'utf8')).toContain(
      `They were drawn at random, by repository, from ${whole.candidates} held-out functions`,
    );
    // Only what depends on the options is made again.
    const again = oasisFull(...runArguments(join(scratch, 'capped'), ...capped, '--test-functions', '50'));
    expect(again.stderr.match(/kept from an earlier run/g)?.length).toBe(5);
    const more = oasisFull(...runArguments(join(scratch, 'capped'), '--test-functions', '50'));
    expect(more.stderr.match(/kept from an earlier run/g)?.length).toBe(3);
  });

  it('answers questions and explains labels', () => {
    const search = oasisFull('search', 'median of a list of numbers', '--run', out, '--json', '--top', '3');
    expect(search.status).toBe(0);
    const hits = search.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(hits).toHaveLength(3);
    expect(hits.map((hit) => hit.qualifiedName).join()).toMatch(/median/i);
    expect(hits[0]).toMatchObject({ repository: 'simple-statistics' });
    const explained = oasisFull('explain', '0', '--run', out);
    expect(explained.stdout).toMatch(/Docstring[\s\S]+Similarity/);
  });
});

describe('bad input', () => {
  const fails = (args: readonly string[], message: RegExp) => {
    const run = oasisFull(...args);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(1);
  };

  it('names a folder that does not exist', () =>
    fails(
      ['--repos', join(scratch, 'nowhere')],
      /--repos: expected a folder of code, received .*nowhere, which does not exist/,
    ));

  it('says when there is no function', () => {
    mkdirSync(join(scratch, 'empty'), { recursive: true });
    fails(
      ['--repos', join(scratch, 'empty'), '--out', join(scratch, 'none')],
      /no function found in .*empty/,
    );
    expect(existsSync(join(scratch, 'none/functions.jsonl'))).toBe(false);
  });

  it('reads what it can beside broken and huge files, with fewer functions than K', () => {
    const folder = join(scratch, 'small');
    mkdirSync(folder, { recursive: true });
    const names = ['add', 'multiply', 'average', 'reverse', 'repeat', 'count'];
    for (const name of names) {
      const code = `/** Computes the ${name} of all the given numbers. */\nfunction ${name}(numbers) {\n  const ${name}Result = numbers.map((n) => n + ${name.length});\n  return ${name}Result.filter(Boolean);\n}\n`;
      writeFileSync(join(folder, `${name}.js`), code);
    }
    writeFileSync(join(folder, 'broken.js'), 'function (((( {');
    writeFileSync(join(folder, 'huge.js'), 'x'.repeat(50 * 1024 * 1024));
    const run = oasisFull(
      '--repos',
      folder,
      '--out',
      join(scratch, 'small-run'),
      ...quick,
      '--threshold',
      '0.9',
    );
    expect(run.stderr).toMatch(/huge\.js: skipped, too-large/);
    expect(run.stderr).toMatch(/1 repositories have fewer than 8 other functions/);
    expect(run.status).toBe(0);
  });

  it('refuses unknown options and values out of range', () => {
    fails(['--sed', '1'], /unknown option '--sed'\s+\(Did you mean --seed\?\)/);
    fails(['--threshold', '2'], /Expected a number ≥ 0 and ≤ 1, received 2/);
    fails(['--backend', 'abacus'], /Allowed choices are auto/);
  });

  it('refuses to search a folder without a run', () =>
    fails(['search', 'x', '--run', join(scratch, 'nowhere')], /expected the folder of a finished run/));
});
