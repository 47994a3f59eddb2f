import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/numerics/index.js';
import { type FakeService, type Fault, startFakeService } from '../../../test/annotation/fake-service.js';
import { docstringFor } from '../../../test/annotation/functions-for-test.js';

const KEY = 'sk-command-line-0123456789-secret';
const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../..');
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-models-'));
const cli = [
  '--import',
  pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
  join(here, '../cli.ts'),
];

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Not spawnSync: the service answers from this process. */
const oasisFull = (...args: string[]): Promise<Ended> =>
  new Promise((done) => {
    const env = { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1', SERVICE_KEY: KEY };
    const child = spawn(process.execPath, [...cli, ...args], { cwd: root, env });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.on('close', (status) => done({ status, stdout, stderr }));
  });

const WORDS = ['total', 'mean', 'largest', 'smallest', 'median', 'range', 'product', 'spread'];
const REPOSITORIES = ['alpha', 'beta', 'gamma'].map((name) => join(scratch, name));
/** Undocumented functions in each repository: those that only a model can document. */
const SILENT = 4;

const writeRepositories = () => {
  REPOSITORIES.forEach((folder, r) => {
    mkdirSync(folder);
    WORDS.forEach((word, w) => {
      const step = (n: number) =>
        `  const step${n} = numbers.map((x) => x ${'+-*/'[(n + w) % 4]} ${n + r + 2});\n`;
      const doc =
        w < SILENT
          ? ''
          : `/** Computes the ${word} of a list, in the manner of ${folder.slice(-5)} number ${w}. */\n`;
      const steps = Array.from({ length: 2 + w }, (_, n) => step(n)).join('');
      const code = `function ${word}${r}(numbers) {\n${steps}  return step${w + 1}.reduce((a, b) => a + b, ${r});\n}\n`;
      writeFileSync(join(folder, `${word}.js`), `${doc}${code}`);
    });
  });
};

const answerTo = (prompt: string): string =>
  prompt.includes('Which code precisely answers')
    ? JSON.stringify({ answer: prompt.length % 3 === 0 ? 'first' : 'second' })
    : docstringFor(prompt);

const faults: readonly Fault[] = [
  { kind: 'status', status: 429, retryAfter: '0.01' },
  { kind: 'status', status: 500, body: `{"error":{"message":"the key ${KEY} was seen"}}` },
  { kind: 'cut', when: 'before' },
];

let service: FakeService;
let isRough = false;
beforeAll(async () => {
  writeRepositories();
  const random = createRandom(3);
  service = await startFakeService({
    dimensions: 16,
    answer: ({ body }) => answerTo(body.messages[1]!.content),
    fault: () => (isRough && random.uniform() < 0.3 ? faults[random.below(faults.length)]! : null),
  });
});
afterAll(async () => {
  await service.close();
  rmSync(scratch, { recursive: true, force: true });
});

const out = join(scratch, 'run');
const argumentsOf = (folder: string, ...more: string[]) => [
  ...['--repos', ...REPOSITORIES, '--out', folder, '--base-url', service.baseUrl],
  ...['--docstrings', 'fill', '--chat-model', 'writer', '--judge', 'comparative', '--judge-model', 'judge'],
  ...[
    '--embedding-model',
    'wide',
    'narrow',
    '--embedding-encoding',
    'base64',
    '--api-key-env',
    'SERVICE_KEY',
  ],
  ...['--chat-price', '1/2', '--judge-price', '1/2', '--embedding-price', '0.1', '--attempts', '12'],
  ...[
    '--threshold',
    '0.5',
    '--negatives',
    '3',
    '--epochs',
    '1',
    '--dimensions',
    '16',
    '--batch-queries',
    '4',
  ],
  ...more,
];
const rowsOf = <T>(path: string): T[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
const filesBelow = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
const said: string[] = [];
const run = async (...args: string[]) => {
  const ended = await oasisFull(...args);
  said.push(ended.stdout, ended.stderr);
  return ended;
};
/** Calls by stage, as `--dry-run` prints them. */
const callsOf = (table: string) =>
  Object.fromEntries(
    [...table.matchAll(/^(docstrings|similarities|verdicts) +(\w+) +(≈ )?(\d+) /gm)].map(
      ([, stage, model, , calls], i) => [`${stage} ${model} ${i}`, Number(calls)],
    ),
  );
interface Docstring {
  readonly id: string;
  readonly docstring: string | null;
  readonly origin: string;
}

describe('a run whose models are behind a service', () => {
  let planned: Record<string, number> = {};

  it('is planned by --dry-run, which sends nothing and needs no key', async () => {
    const { stdout, stderr, status } = await run(...argumentsOf(out, '--dry-run'));
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    expect(service.requests).toHaveLength(0);
    planned = callsOf(stdout);
    expect(Object.keys(planned)).toHaveLength(6);
    expect(stdout).toMatch(/Together at most \$\d+\.\d{4}/);
    expect(stdout).toMatch(/Nothing was sent/);
  });

  it('stops at --max-usd with a clear error, and has not spent more', async () => {
    const { stderr, status } = await run(...argumentsOf(out, '--max-usd', '0.004', '--concurrency', '2'));
    expect(status).toBe(1);
    expect(stderr).toMatch(/error: --max-usd is reached: .+ to resume/);
    const usd = [...service.paid].reduce((sum, [text, times]) => sum + times * (text.length / 4) * 1e-6, 0);
    expect(service.paid.size).toBeGreaterThan(0);
    expect(usd).toBeLessThan(0.004);
  });

  it('goes on with more money over failing calls, and pays for no call twice', async () => {
    isRough = true;
    const { stderr, status } = await run(...argumentsOf(out, '--max-usd', '5'));
    isRough = false;
    expect(stderr).not.toMatch(/error:/);
    expect(status).toBe(0);
    expect([...service.paid.values()].every((times) => times === 1)).toBe(true);
    const bodies = [...service.paid.keys()].map((text) => JSON.parse(text) as { model: string });
    const asked = (model: string) => bodies.filter((body) => body.model === model).length;
    const [docstrings, ...rest] = Object.values(planned);
    expect(asked('writer')).toBe(docstrings);
    expect(asked('wide') + asked('narrow')).toBe(rest.slice(0, 4).reduce((sum, calls) => sum + calls, 0));
    expect(asked('judge')).toBeGreaterThan(0);
    expect(new Set(service.requests.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer ${KEY}`]),
    );
  });

  it('has a docstring by the model for every function without words, and its author’s for the others', () => {
    const rows = rowsOf<Docstring>(join(out, 'annotation/docstrings.jsonl'));
    const byModel = rows.filter(({ origin }) => origin.startsWith('writer'));
    expect(byModel).toHaveLength(Object.values(planned)[0]!);
    expect(byModel.length).toBeGreaterThan(0);
    expect(byModel.every(({ docstring }) => docstring?.startsWith('Scales the given value'))).toBe(true);
    expect(rows.length - byModel.length).toBeGreaterThan(0);
  });

  it('keeps vectors as float16 shards, and labels that are their dot products', () => {
    const groups = readdirSync(join(out, 'annotation/vectors'));
    expect(groups).toHaveLength(1);
    const shards = readdirSync(join(out, 'annotation/vectors', groups[0]!));
    // One for each of the two labelers.
    expect(shards.filter((name) => name.startsWith('query-'))).toHaveLength(2);
    expect(shards.filter((name) => name.startsWith('document-'))).toHaveLength(2);
    const rows = rowsOf<{ similarity: number }>(join(out, 'dataset.jsonl'));
    expect(rows.every(({ similarity }) => similarity >= 0 && similarity < 1)).toBe(true);
  });

  it('records every verdict, and explain tells of it', async () => {
    const rows = rowsOf<{ pair: number; verdict: string; before: number; after: number }>(
      join(out, 'refinement.jsonl'),
    );
    const raised = rows.find(({ verdict }) => verdict === 'raise')!;
    expect(rows.some(({ verdict }) => verdict === 'keep')).toBe(true);
    expect(raised.after).toBeGreaterThan(raised.before);
    const { stdout } = await run('explain', String(raised.pair), '--run', out);
    expect(stdout).toMatch(/Docstring[\s\S]+Code A[\s\S]+Code F[\s\S]+Suspected because/);
    expect(stdout).toContain(
      `Similarity before ${raised.before.toFixed(4)}, after ${raised.after.toFixed(4)}`,
    );
    expect(stdout).toContain('Verdict of judge {"structuredOutput":"json_schema"} (comparative, 1 vote)');
  });

  it('tunes K, the tree ratio and Δs by validation MRR, and goes on where a search was cut off', async () => {
    const grid = ['--negatives', '2', '3', '--delta-s', '0.05', '0.2'];
    const { stdout, stderr, status } = await run('tune', '--run', out, ...grid);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    expect(stdout).toMatch(/Best, \d+\.\d\d: --negatives [23] --delta-s 0\.0?[25]/);
    const file = join(out, 'tune.json');
    const whole = readFileSync(file, 'utf8');
    const { fingerprint, scores } = JSON.parse(whole) as {
      fingerprint: string;
      scores: Record<string, number>;
    };
    expect(Object.keys(scores)).toHaveLength(4);
    const [first] = Object.keys(scores);
    writeFileSync(file, JSON.stringify({ fingerprint, scores: { [first!]: scores[first!] } }));
    expect((await run('tune', '--run', out, ...grid)).stdout).toBe(stdout);
    expect(readFileSync(file, 'utf8')).toBe(whole);
  });

  it('asks for nothing again with --fresh', async () => {
    const before = service.requests.length;
    const dataset = readFileSync(join(out, 'dataset.jsonl'), 'utf8');
    const { status } = await run(...argumentsOf(out, '--fresh'));
    expect(status).toBe(0);
    expect(service.requests.length).toBe(before);
    expect(readFileSync(join(out, 'dataset.jsonl'), 'utf8')).toBe(dataset);
  });

  it('gives the same dataset by the Batch API, without a direct call', async () => {
    const other = join(scratch, 'batched');
    const before = service.requests.length;
    const { stderr, status } = await run(...argumentsOf(other, '--batch', '--batch-poll', '0.05'));
    expect(stderr).not.toMatch(/error:/);
    expect(status).toBe(0);
    // Docstrings, the vectors of two models, verdicts.
    expect(service.batches).toHaveLength(4);
    expect(service.batches[0]!.lines).toBe(Object.values(planned)[0]);
    const direct = service.requests
      .slice(before)
      .filter(({ path }) => /chat\/completions|embeddings/.test(path));
    expect(direct).toHaveLength(0);
    expect(readFileSync(join(other, 'dataset.jsonl'), 'utf8')).toBe(
      readFileSync(join(out, 'dataset.jsonl'), 'utf8'),
    );
  });

  it('shows the key in no file and no line', () => {
    expect(said.join('')).not.toContain(KEY);
    for (const path of filesBelow(scratch)) expect(readFileSync(path).includes(KEY), path).toBe(false);
  });
});
