import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-full-functions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const fileOf = (name: string, rows: readonly unknown[]): string => {
  const path = join(scratch, name);
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
};

describe('files of functions', () => {
  it('go through the whole pipeline', () => {
    const words = ['file', 'vector', 'token', 'query', 'tree', 'node', 'score', 'label', 'batch', 'index'];
    const verbs = ['read', 'write', 'parse', 'build', 'find', 'merge', 'split', 'sort'];
    const rows = words.flatMap((word, w) =>
      verbs.map((verb, v) => ({
        repository: `owner${w % 5}/project${w}`,
        path: `${word}.js`,
        name: `${verb}${word}`,
        language: 'javascript',
        docstring: `${verb}s the ${word} that the caller names and gives ${words[(w + v) % 10]} back.`,
        code:
          `function ${verb}${word}(${words[(w + 1) % 10]}, limit) {\n  const ${word} = open${word}(limit);\n` +
          `  if (${word} === null) return ${v + 10 * w};\n  return ${word}.${verb}(${verbs[(v + 3) % 8]}${w}, ${v});\n}`,
      })),
    );
    const files = [fileOf('one.jsonl', rows.slice(0, 50)), fileOf('two.jsonl', rows.slice(50))];
    const out = join(scratch, 'run');
    const cli = [
      '--import',
      pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href,
      join(here, '../cli.ts'),
    ];
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [...cli, ...args], {
        cwd: resolve(here, '../../..'),
        env: { ...process.env, INIT_CWD: scratch, NODE_NO_WARNINGS: '1' },
        encoding: 'utf8',
      });
    const quick = ['--epochs', '1', '--dimensions', '16', '--label-dimensions', '8', '--batch-queries', '8'];
    const flags = ['--near-duplicates', 'keep', '--no-dataset-jsonl', '--threshold', '0.6', ...quick];
    const { stderr, status } = run('--functions', ...files, '--out', out, ...flags);
    expect(stderr).not.toMatch(/error:/);
    expect(status).toBe(0);
    const stored = readFileSync(join(out, 'functions.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(stored).toHaveLength(80);
    // The two repositories of an owner stand on one side.
    const sides = new Map<string, Set<string>>();
    for (const { repository, split } of stored) {
      const owner = repository.split('/')[0];
      sides.set(owner, (sides.get(owner) ?? new Set()).add(split));
    }
    expect([...sides.values()].every((side) => side.size === 1)).toBe(true);
    expect(existsSync(join(out, 'dataset.jsonl'))).toBe(false);
    expect(readdirSync(join(out, 'dataset'))).toHaveLength(1);
    const hits = run('search', 'sort the score', '--run', out, '--json');
    expect(
      hits.stdout
        .trim()
        .split('\n')
        .map((row) => JSON.parse(row)),
    ).toHaveLength(5);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).toContain('one.jsonl');
    expect(report).toContain('<h1>OASIS on 2 files of functions</h1>');
  });
});
