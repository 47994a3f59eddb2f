import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeBlocks, pages, readPage, root } from './pages.js';

const blocks = pages.flatMap((page) => codeBlocks(readPage(page)).map((block) => ({ ...block, page })));
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const knownPackages = new Set(
  ['dependencies', 'devDependencies', 'peerDependencies'].flatMap((field) =>
    Object.keys((manifest[field] as object | undefined) ?? {}),
  ),
)
  .add('oasis-embed')
  // Not a dependency: docs/native-tree-sitter.md installs it.
  .add('tree-sitter')
  .add('oasis-full');

/** Everything that the command line of oasis-full names: flags are written once, in its sources. */
const flags = new Set(
  readdirSync(join(root, 'examples', 'oasis-full'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.includes('node_modules') && !path.includes('test'))
    .flatMap(
      (path) =>
        readFileSync(join(root, 'examples', 'oasis-full', path), 'utf8').match(/--[a-z][a-z-]+/g) ?? [],
    ),
);

describe('the code blocks of README, guides and changelog', () => {
  it('finds blocks', () => expect(blocks.length).toBeGreaterThan(30));

  it('are in a language that is checked', () => {
    const unknown = blocks.filter(({ language }) => !['ts', 'sh', 'python'].includes(language));
    expect(unknown.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
  });

  // Those in TypeScript run in test/examples.test.ts, those in Python in test/docs/python.check.ts.

  // A shell block is not run: it may take half an hour or ask a service. What it names must exist.
  it.each(inLanguage('sh'))('name what is there: $page:$line', ({ code }) => {
    const commands = code.replace(/\\\n/g, ' ').replace(/#.*$/gm, '');
    for (const [, script] of commands.matchAll(/npm run (?:--silent )?([\w:-]+)/g)) {
      expect(Object.keys(manifest.scripts)).toContain(script);
    }
    for (const [, list = ''] of commands.matchAll(/npm install ([^\n&]+)/g)) {
      for (const name of list
        .trim()
        .split(/\s+/)
        .filter((word) => !word.startsWith('-'))) {
        expect([...knownPackages]).toContain(name.replace(/@[\d.]+$/, ''));
      }
    }
    for (const [, arguments_ = ''] of commands.matchAll(
      /(?:npm run oasis-full --|npx oasis-full)([^\n]*)/g,
    )) {
      for (const [flag] of arguments_.matchAll(/--[a-z][a-z-]+/g)) expect([...flags]).toContain(flag);
    }
    for (const [, path = ''] of commands.matchAll(/npx tsx (\S+)/g))
      expect(existsSync(join(root, path))).toBe(true);
    for (const [, name = ''] of commands.matchAll(/vitest run --project (\S+)/g)) {
      expect(readFileSync(join(root, 'vitest.config.ts'), 'utf8')).toContain(`suite('${name}'`);
    }
  });
});
