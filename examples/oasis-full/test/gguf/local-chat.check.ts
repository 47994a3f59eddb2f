import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeGguf, writeTinyChatModel } from '../../../../test/annotation/gguf/write-gguf.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../../..');
const packageFolder = process.env.OASIS_NODE_LLAMA_CPP!;
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** As somebody would type it where node-llama-cpp is installed. */
const oasisFull = (...args: string[]) => {
  const child = spawn(process.execPath, ['--import', loader, join(here, '../../cli.ts'), ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: packageFolder, NODE_NO_WARNINGS: '1' },
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const ended = new Promise<number | null>((done) => child.on('close', done));
  return { child, ended, said: () => text };
};

let scratch = '';
let model = '';
let repositories: string[] = [];
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'oasis-full-gguf-'));
  model = join(scratch, 'model.gguf');
  writeTinyChatModel(model);
  repositories = ['alpha', 'beta', 'gamma'].map((name, r) => {
    const folder = join(scratch, name);
    mkdirSync(folder);
    ['total', 'mean', 'largest', 'range'].forEach((word, w) => {
      const steps = Array.from(
        { length: 2 + w },
        (_, n) => `  const step${n} = numbers.map((x) => x ${'+-*/'[(n + w) % 4]} ${n + r + 2});\n`,
      ).join('');
      // One function in each repository is for the model.
      const doc =
        w === 0 ? '' : `/** Computes the ${word} of a list of numbers, in the manner of ${name}. */\n`;
      writeFileSync(
        join(folder, `${word}.js`),
        `${doc}function ${word}${r}(numbers) {\n${steps}  return step1.reduce((a, b) => a + b, ${w});\n}\n`,
      );
    });
    return folder;
  });
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const cache = () => join(scratch, 'cache');
const argumentsOf = (out: string, ...more: string[]) => [
  ...[
    '--repos',
    ...repositories,
    '--out',
    join(scratch, out),
    '--model-cache',
    cache(),
    '--until',
    'refinement',
  ],
  ...['--docstrings', 'fill', '--chat-model', model, '--judge', 'satisfies', '--max-failures', '1'],
  ...['--threshold', '0.2', '--negatives', '1', ...more],
];
const bytesOfAnswers = (): number =>
  readdirSync(join(cache(), 'answers')).reduce(
    (sum, name) => sum + statSync(join(cache(), 'answers', name)).size,
    0,
  );

const recordsOf = (out: string) => readFileSync(join(scratch, out, 'refinement.jsonl'), 'utf8');

/** Rows of the dry run's table, by their stage: calls and cached ones. */
const estimateOf = (said: string, stage: string): readonly number[] | null => {
  const row = said.split('\n').find((line) => line.includes(stage) && line.includes('.gguf'));
  const counts = row?.match(/(?<![\w.])\d+(?![\w.]*\.gguf)/g);
  return counts === null || counts === undefined ? null : counts.slice(0, 2).map(Number);
};

describe('a chat model from a GGUF file', () => {
  it('is estimated, writes and judges, and is asked nothing twice', async () => {
    const before = oasisFull(...argumentsOf('run', '--dry-run'));
    expect(await before.ended, before.said()).toBe(0);
    expect(before.said()).toMatch(/Nothing was sent/);
    expect(estimateOf(before.said(), 'docstrings')).toEqual([1, 0]);

    const run = oasisFull(...argumentsOf('run'));
    expect(await run.ended, run.said()).toBe(0);
    expect(recordsOf('run').trim().split('\n').length).toBeGreaterThan(1);
    // A docstring that was rejected is asked for again; of verdicts alone, nothing is.
    const judged = oasisFull(...argumentsOf('judged', '--docstrings', 'author'));
    expect(await judged.ended, judged.said()).toBe(0);
    const kept = bytesOfAnswers();
    const again = oasisFull(...argumentsOf('again', '--docstrings', 'author'));
    expect(await again.ended, again.said()).toBe(0);
    expect(recordsOf('again')).toBe(recordsOf('judged'));
    expect(bytesOfAnswers()).toBe(kept);
  });

  it('is stopped by SIGTERM within seconds while it answers', async () => {
    const cut = oasisFull(
      ...argumentsOf('cut', '--judge-votes', '9999', '--model-cache', join(scratch, 'cut-cache')),
    );
    while (!/verdicts|judged|refinement/i.test(cut.said()) && cut.child.exitCode === null) await sleep(50);
    await sleep(500);
    const asked = performance.now();
    cut.child.kill('SIGTERM');
    expect(await cut.ended, cut.said()).toBe(130);
    expect(performance.now() - asked).toBeLessThan(15_000);
    expect(cut.said()).toMatch(/run the same command again to resume/);
  });

  it('that only embeds ends the run at once, in one line', async () => {
    const file = join(scratch, 'bert.gguf');
    writeGguf(file, { 'general.architecture': 'bert' });
    const run = oasisFull(...argumentsOf('embeds', '--chat-model', file));
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(/bert\.gguf holds an embedding model \(bert\), expected a chat model/);
    expect(run.said()).not.toMatch(/\n {4}at /);
  });

  it('whose context is small has its prompts cut, which is said, and is refused where none would fit', async () => {
    const small = oasisFull(...argumentsOf('small', '--chat-context', '700'));
    expect(await small.ended).toBe(1);
    expect(small.said()).toMatch(
      /--chat-context: a context of 700 tokens leaves \d+ for a prompt beside an answer of up to 600: give at least 1\d\d\d/,
    );
    const tight = oasisFull(...argumentsOf('tight', '--chat-context', '1620', '--until', 'annotation'));
    expect(await tight.ended, tight.said()).toBe(0);
    expect(tight.said()).toMatch(/\d of \d prompts? shortened to the \d+ tokens that the model has room for/);
  });

  it('that is not there is an error of the flag', async () => {
    const run = oasisFull(...argumentsOf('missing', '--chat-model', './missing.gguf'));
    expect(await run.ended).toBe(1);
    expect(run.said()).toMatch(/there is no file .*missing\.gguf/);
  });
});
