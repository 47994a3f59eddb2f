import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeRepositories } from './support/small-repositories.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-smoke-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const command = ['--import', loader, join(here, '../cli.ts')];
const environment = {
  cwd: resolve(here, '../../..'),
  env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
};
const oasisFull = (...args: string[]) =>
  spawnSync(process.execPath, [...command, ...args], { ...environment, encoding: 'utf8' });

const repositories = writeRepositories(scratch);

/** One small run from end to end; the suite `pipeline` looks at every corner. */
describe('a run on three small repositories', () => {
  const out = join(scratch, 'run');
  const args = [
    ...['--repos', ...repositories, '--out', out, '--epochs', '1', '--dimensions', '16'],
    ...['--label-dimensions', '8', '--batch-queries', '4', '--threshold', '0.6', '--workers', '1'],
  ];
  let printed = '';
  beforeAll(() => {
    const run = oasisFull(...args);
    expect(run.stderr + run.stdout).not.toMatch(/error:/);
    expect(run.status, run.stderr).toBe(0);
    printed = run.stdout;
  });

  it('leaves a dataset with the released columns, a model, the metrics that it prints, and a report', () => {
    const rows = readFileSync(join(out, 'dataset.jsonl'), 'utf8').trimEnd().split('\n');
    expect(Object.keys(JSON.parse(rows[0]!))).toEqual(
      expect.arrayContaining(['poss_docstring', 'snippet_wo_comment', 'similarity', 'lang', 'is_gt']),
    );
    const { systems } = JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8'));
    expect(systems).toHaveLength(3);
    for (const { measures } of systems) {
      expect(printed).toContain((100 * measures['MRR@1000'].value).toFixed(2));
    }
    for (const file of ['mixture.json', 'model/model.safetensors', 'report.html']) {
      expect(existsSync(join(out, file)), file).toBe(true);
    }
  });

  it('is searched', () => {
    const { stdout, stderr } = oasisFull('search', 'the median of numbers', '--run', out, '--json');
    expect(stderr).not.toMatch(/error:/);
    const hits = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(hits.some(({ qualifiedName }) => /^median/.test(qualifiedName))).toBe(true);
  });

  it('ends without a word when nobody reads its output any longer', async () => {
    const child = spawn(process.execPath, [...command, 'search', 'a median', '--run', out], environment);
    child.stdout.destroy();
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const [code] = await once(child, 'close');
    expect([code, errors]).toEqual([141, '']);
  });

  it('does nothing again when nothing has changed', () => {
    const hash = () =>
      createHash('sha256')
        .update(readFileSync(join(out, 'model/model.safetensors')))
        .digest('hex');
    const before = hash();
    const { stderr, status } = oasisFull(...args);
    expect(status).toBe(0);
    expect(stderr.match(/kept from an earlier run/g)?.length).toBe(7);
    expect(hash()).toBe(before);
  });
});
