import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFakeService } from '../../../test/annotation/fake-service.js';
import { verifyRun } from '../pipeline/verify-run.js';
import { writeRepositories } from './support/small-repositories.js';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-damage-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const command = ['--import', loader, join(here, '../cli.ts')];
const place = {
  cwd: resolve(here, '../../..'),
  env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
};
const oasisFull = (...args: string[]) =>
  spawnSync(process.execPath, [...command, ...args], { ...place, encoding: 'utf8' });

const repositories = writeRepositories(scratch);
const whole = join(scratch, 'whole');
const runArgs = (out: string) => [
  ...['run', '--repos', ...repositories, '--out', out, '--epochs', '1', '--dimensions', '16'],
  ...['--label-dimensions', '8', '--batch-queries', '4', '--threshold', '0.6', '--workers', '1'],
  ...['--ablation', '--ablation-seeds', '1'],
];

const filesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();

const flip = (path: string, at: number) => {
  const bytes = readFileSync(path);
  bytes[at]! ^= 1;
  writeFileSync(path, bytes);
};

/** Bookkeeping, which the next run writes anew. */
const isRecord = (path: string): boolean =>
  /^(run\.json|stages\/.*|shards\/[^/]+\/[\w-]+\.json|shards\/[^/]+\/plan\/plan\.json)$/.test(path);

/** Bytes of a run that say nothing of its results: times, names of processes, what the report shows of them. */
const isTimed = (path: string): boolean =>
  /^(run\.json|report\.html|logs\/|stages\/|shards\/[^/]+\/[^/]+\.json$|evaluation\.json|training-curve)/.test(
    path,
  );

beforeAll(() => {
  const run = oasisFull(...runArgs(whole));
  expect(run.status, run.stderr).toBe(0);
});

describe('a finished run', () => {
  it('verifies', async () => {
    expect((await verifyRun(whole)).damage).toEqual([]);
    const { stdout, status } = oasisFull('verify', '--run', whole);
    expect([status, stdout]).toEqual([0, 'Every file holds what was written.\n']);
  });

  it('shows a flipped bit and a lost tail in every one of its files', async () => {
    const copy = join(scratch, 'copy');
    const unseen: string[] = [];
    cpSync(whole, copy, { recursive: true });
    for (const path of filesBelow(whole)) {
      const [sound, damaged] = [join(whole, path), join(copy, path)];
      const { length } = readFileSync(sound);
      const look = async (what: string) => {
        const { damage } = await verifyRun(copy);
        if (!damage.some((found) => found.path === path)) unseen.push(`${path}: ${what}`);
        cpSync(sound, damaged);
      };
      for (const at of [0, Math.floor(length / 2), Math.floor(length * 0.9)]) {
        flip(damaged, at);
        await look(`bit at ${at} of ${length}`);
      }
      truncateSync(damaged, Math.max(0, Math.floor((length * 2) / 3)));
      await look('tail');
      // Without a record the next run does again what it spoke of.
      if (isRecord(path)) continue;
      rmSync(damaged);
      await look('file');
    }
    expect(unseen).toEqual([]);
  });

  it('is mended by its own command, which names what was damaged and leaves the same bytes', () => {
    const copy = join(scratch, 'mended');
    cpSync(whole, copy, { recursive: true });
    const labels = filesBelow(copy).find((path) => /^shards\/labels\/.*\.parquet$/.test(path))!;
    for (const path of ['functions.jsonl', labels, 'model/model.safetensors', 'index/functions.jsonl'])
      flip(join(copy, path), 200);
    truncateSync(join(copy, 'dataset.jsonl'), 1000);
    writeFileSync(join(copy, 'stages/evaluation.json'), '{"stage": "evalu');
    const checked = oasisFull('verify', '--run', copy);
    expect(checked.status).toBe(1);
    const { stderr, status } = oasisFull(...runArgs(copy));
    expect(status, stderr).toBe(0);
    for (const path of [
      'functions.jsonl',
      labels,
      'model/model.safetensors',
      'index/functions.jsonl',
      'dataset.jsonl',
    ]) {
      expect(checked.stdout).toContain(`${path} `);
      expect(stderr).toContain(`${path} `);
    }
    expect(stderr).toMatch(/stages.evaluation\.json is not JSON/);
    for (const path of filesBelow(whole))
      if (!isTimed(path))
        expect(readFileSync(join(copy, path)).equals(readFileSync(join(whole, path))), path).toBe(true);
    expect(oasisFull('verify', '--run', copy).status).toBe(0);
  });

  it('is not searched when its index or model is damaged', () => {
    const copy = join(scratch, 'searched');
    cpSync(whole, copy, { recursive: true });
    for (const path of [
      'index/functions.jsonl',
      'index/quantized.safetensors',
      'index/vectors.safetensors',
      'index/index.json',
      'model/vocabulary.json',
    ]) {
      flip(join(copy, path), 150);
      const { stderr, status } = oasisFull('search', 'the median', '--run', copy);
      expect(status, path).toBe(1);
      expect(stderr, path).toMatch(
        /(differs from what was written|not a JSON value).*; run the pipeline again/s,
      );
      cpSync(join(whole, path), join(copy, path));
    }
    expect(oasisFull('search', 'the median', '--run', copy).status).toBe(0);
  });
});

describe('what a run has paid for', () => {
  it('shows a flipped bit and a lost tail, and the next run names it', async () => {
    const service = await startFakeService({ dimensions: 16 });
    try {
      const out = join(scratch, 'paid');
      const args = [
        ...['run', '--repos', ...repositories, '--out', out, '--until', 'annotation', '--workers', '1'],
        ...['--embedding-model', 'm', '--embedding-price', '0.1', '--base-url', service.baseUrl],
      ];
      const run = async () => {
        const child = spawn(process.execPath, [...command, ...args], place);
        let said = '';
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk;
        });
        const [status] = await once(child, 'close');
        expect(status, said).toBe(0);
        return said;
      };
      await run();
      expect((await verifyRun(out)).damage).toEqual([]);
      const files = filesBelow(out).filter((path) => path.startsWith('model-cache/'));
      expect(files).toEqual([
        expect.stringMatching(/^model-cache\/answers\/.*\.segment$/),
        'model-cache/paid.json',
        'model-cache/spend.log',
      ]);
      for (const path of files) {
        const file = join(out, path);
        const sound = readFileSync(file);
        const seen = async (what: string) => {
          const found = (await verifyRun(out)).damage.map((damage) => damage.path);
          expect(found, `${path}: ${what}`).toContain(path);
          writeFileSync(file, sound);
        };
        for (const at of [0, Math.floor(sound.length / 2), Math.floor(sound.length * 0.9)]) {
          flip(file, at);
          await seen(`bit at ${at}`);
        }
        truncateSync(file, Math.floor((sound.length * 2) / 3));
        await seen('tail');
      }
      flip(join(out, 'model-cache/spend.log'), 8);
      expect(await run()).toMatch(/spend\.log has 1 damaged line, whose amount is not counted/);
    } finally {
      await service.close();
    }
  });
});

describe('a run’s folder', () => {
  it('belongs to one run at a time, and the second says who has it', async () => {
    const out = join(scratch, 'twice');
    const first = spawn(process.execPath, [...command, ...runArgs(out)], place);
    const closed = once(first, 'close');
    while (!existsSync(join(out, '.lock'))) await new Promise((wait) => setTimeout(wait, 20));
    // It must not be done before the other has started.
    first.kill('SIGSTOP');
    const second = oasisFull(...runArgs(out));
    first.kill('SIGCONT');
    expect(second.status).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(
        `error: .*twice is in use: process ${first.pid} on .+ has worked on it since .+ \\(oasis-full run\\)`,
      ),
    );
    const [code] = await closed;
    expect(code).toBe(0);
    expect(existsSync(join(out, '.lock'))).toBe(false);
  });

  it('is free again after its process was killed', async () => {
    const out = join(scratch, 'killed');
    const first = spawn(process.execPath, [...command, ...runArgs(out)], place);
    const closed = once(first, 'close');
    while (!existsSync(join(out, '.lock'))) await new Promise((wait) => setTimeout(wait, 20));
    first.kill('SIGKILL');
    await closed;
    expect(existsSync(join(out, '.lock'))).toBe(true);
    const second = oasisFull(...runArgs(out));
    expect(second.status, second.stderr).toBe(0);
    expect(existsSync(join(out, '.lock'))).toBe(false);
  });
});
