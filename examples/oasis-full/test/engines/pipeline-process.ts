import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../../..');

/** A process of the command line, with what it said. */
export interface PipelineProcess {
  readonly child: ChildProcess;
  said(): string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

/** A program of the suite's build: not by tsx's command, which would start a process of its own that outlives a kill. */
export const startProgram = (name: 'cli' | 'limit-process', args: readonly string[]): PipelineProcess => {
  const child = spawn(process.execPath, [join(inject('enginesBuild'), `${name}.js`), ...args], {
    cwd: root,
    env: { ...process.env, INIT_CWD: root, NODE_NO_WARNINGS: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown')),
  );
  return { child, said: () => text, ended };
};

export const oasisFull = (...args: string[]): PipelineProcess => startProgram('cli', args);

/** Waits until a process has said something. */
export const untilSaid = async ({ child, said }: PipelineProcess, text: RegExp): Promise<void> => {
  const end = Date.now() + 120_000;
  while (!text.test(said())) {
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`expected ${text}, received:\n${said()}`);
    await sleep(50);
  }
};

const verbs = [
  'Adds',
  'Removes',
  'Counts',
  'Sorts',
  'Merges',
  'Reads',
  'Writes',
  'Finds',
  'Checks',
  'Splits',
];
const nouns = ['numbers', 'words', 'names', 'rows', 'files', 'paths', 'dates', 'colors', 'points', 'edges'];

/** Small repositories with documented functions, each different from the others. */
export const writeRepositories = (folder: string, count: number, functions: number): string[] =>
  Array.from({ length: count }, (_, r) => {
    const repository = join(folder, `repository-${String(r).padStart(2, '0')}`);
    mkdirSync(repository, { recursive: true });
    for (let f = 0; f < functions; f++) {
      const verb = verbs[(r + f) % verbs.length]!;
      const noun = nouns[(r * 3 + f) % nouns.length]!;
      const name = `${verb.toLowerCase()}${noun[0]!.toUpperCase()}${noun.slice(1)}${r}x${f}`;
      const steps = Array.from(
        { length: 2 + ((r * 7 + f * 5) % 6) },
        (_, s) =>
          `  if (${noun}.length > ${s + f}) ${noun}.push(${['a', 'b', 'c'][(s + r) % 3]} ${['+', '*', '-'][(s + f) % 3]} ${r * 31 + f * 7 + s});`,
      );
      const code = [
        // A few docstrings are the same in several repositories, as in real code.
        f === 0
          ? `/** ${verb} all the ${noun} of a list. */`
          : `/** ${verb} the ${noun} of part ${f} in group ${r}. */`,
        `export function ${name}(${noun}, a, b, c) {`,
        ...steps,
        `  return ${noun}.filter((value) => value > ${f}).map((value) => value * ${r + 2});`,
        '}',
        '',
      ].join('\n');
      writeFileSync(join(repository, `${name}.js`), code);
    }
    return repository;
  });

/** The bytes that a run left, records of who did what and when aside. */
export const resultOf = (run: string): Record<string, string> => {
  const results: Record<string, string> = {};
  for (const path of readdirSync(run, { recursive: true, encoding: 'utf8' }).sort()) {
    const isResult =
      /\.parquet$|histogram\.json$|mixture\.json$/.test(path) ||
      /^[^/]*\.jsonl$|^annotation\/.*\.jsonl$/.test(path);
    if (!isResult || path.includes('.tmp')) continue;
    results[path] = createHash('sha256')
      .update(readFileSync(join(run, path)))
      .digest('hex');
  }
  return results;
};

export const readStatusOf = async (run: string) => {
  const status = oasisFull('status', '--out', run, '--json');
  await status.ended;
  return JSON.parse(status.said()) as {
    spend: { usd: number; paid: number; reserved: number };
    stages: {
      stage: string;
      shards: number;
      done: number;
      failed: number;
      rows: number;
      letters: { reason: string }[];
    }[];
  };
};

export const exists = existsSync;
