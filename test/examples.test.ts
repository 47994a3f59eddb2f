import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const scratch = join(root, 'test', '.examples');

interface Example {
  readonly place: string;
  readonly code: string;
}

/** The ```ts block behind each `@example` of a docstring. */
const examplesOf = (file: string): Example[] => {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^[ \t]*\* @example[\s\S]*?```ts\n([\s\S]*?)^[ \t]*\* ```/gm)].map((match) => ({
    place: `${relative(root, file)}:${text.slice(0, match.index).split('\n').length}`,
    code: match[1]!.replace(/^[ \t]*\* ?/gm, ''),
  }));
};

/** The ```ts blocks of the README run as they stand. */
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const readmeExamples: Example[] = [...readme.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => ({
  place: `README.md:${readme.slice(0, match.index).split('\n').length}`,
  code: match[1]!,
}));

const docstringExamples = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .flatMap((path) => examplesOf(join(root, 'src', path)));
const examples = [...readmeExamples, ...docstringExamples];

mkdirSync(scratch, { recursive: true });
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('every example of the README and the docstrings runs', () => {
  it('finds examples', () => expect(examples.length).toBeGreaterThan(20));

  it.each(examples)('$place', async ({ place, code }) => {
    const file = join(scratch, `${place.replace(/[^a-z0-9]+/gi, '-')}.ts`);
    writeFileSync(file, code);
    await import(/* @vite-ignore */ file);
  });
});
