import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractFile } from '../../src/corpus/extraction/extract-file.js';
import {
  headerLanguage,
  LANGUAGES,
  type LanguageId,
  languageOf,
  loadLanguage,
  type ParsedTree,
  SyntaxParser,
} from '../../src/syntax/index.js';
import { codeBlocks, readPage, root } from '../docs/pages.js';
import { recorderOf, recordOutputs } from '../support/stated-outputs.js';

/** The page that says how: its versions are the newest whose prebuilt binaries load beside one another. */
const page = readPage('docs/native-tree-sitter.md');
const packages = [...page.matchAll(/tree-sitter[\w-]*@[\d.]+/g)].map(([name]) => name);

interface NativeParser {
  setLanguage(language: unknown): void;
  parse(source: string, old: undefined, options: { readonly bufferSize: number }): ParsedTree;
}

const folder = process.env.OASIS_NATIVE_TREE_SITTER ?? mkdtempSync(join(tmpdir(), 'oasis-native-'));
const load = createRequire(join(folder, 'package.json'));
const fixtures = fileURLToPath(new URL('../corpus/fixtures', import.meta.url));

const nativeParser = (language: LanguageId): SyntaxParser => {
  const Parser = load('tree-sitter') as new () => NativeParser;
  const { grammar } = LANGUAGES[language];
  const module = load(grammar.package) as Record<string, unknown>;
  const parser = new Parser();
  parser.setLanguage(grammar.nativeExport === undefined ? module : module[grammar.nativeExport]);
  return new SyntaxParser(language, (source) =>
    parser.parse(source, undefined, { bufferSize: 2 * source.length + 2 }),
  );
};

/** Languages whose grammars the page names. */
const languages = (Object.keys(LANGUAGES) as LanguageId[]).filter((language) =>
  packages.some((name) => name.startsWith(`${LANGUAGES[language].grammar.package}@`)),
);

const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
  const named = languageOf(path);
  if (named === null) return [];
  const text = readFileSync(join(fixtures, path), 'utf8');
  return [{ path, language: path.endsWith('.h') ? headerLanguage(text) : named, text }];
});

describe('the native tree-sitter binding', () => {
  beforeAll(() => {
    if (process.env.OASIS_NATIVE_TREE_SITTER !== undefined) return;
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    // The packages ship their binaries: their install scripts only look whether one fits.
    const args = [
      'install',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts=false',
      '--legacy-peer-deps',
      ...packages,
    ];
    execFileSync('npm', args, { cwd: folder, stdio: 'pipe' });
  });
  afterAll(() => {
    if (process.env.OASIS_NATIVE_TREE_SITTER === undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('works as its page says', async () => {
    const [block] = codeBlocks(page).filter(({ language }) => language === 'ts');
    const { code, outputs } = recordOutputs(block!.code, 'native');
    const file = join(root, 'test', '.native-example.ts');
    const here = JSON.stringify(join(folder, 'package.json'));
    writeFileSync(file, code.replace('createRequire(import.meta.url)', `createRequire(${here})`));
    Object.assign(globalThis, { native: recorderOf(outputs) });
    try {
      await import(/* @vite-ignore */ file);
    } finally {
      rmSync(file);
    }
    expect(outputs.map(({ stated, received }) => [stated, received])).toEqual([['1', ['1']]]);
  });

  it.each(languages)('gives the functions and calls of web-tree-sitter: %s', async (language) => {
    const native = nativeParser(language);
    const web = await loadLanguage(language);
    const own = files.filter((file) => file.language === language);
    expect(own.length).toBeGreaterThan(0);
    for (const { path, text } of own) {
      const facts = [native, web].map((parser) => {
        const { functions, calls, links } = extractFile(parser.read(text), parser.definition, path);
        return {
          functions: functions.map(({ qualifiedName, signature, code, doc }) => ({
            qualifiedName,
            signature,
            code,
            doc,
          })),
          calls: calls.map(({ caller, site }) => ({ caller, site })),
          links,
        };
      });
      expect(facts[0], path).toEqual(facts[1]);
    }
  });

  // The other grammars have changed their trees between the version above and the one that is read by default.
  it.each(['python', 'java', 'typescript', 'tsx', 'csharp', 'c', 'ruby'] as const)(
    'gives the named nodes of web-tree-sitter: %s',
    async (language) => {
      const native = nativeParser(language);
      const web = await loadLanguage(language);
      for (const { path, text } of files.filter((file) => file.language === language)) {
        const trees = [native, web].map((parser) => {
          const tree = parser.read(text);
          return Array.from(tree.kinds, (_, node) =>
            [tree.kind(node), tree.starts[node], tree.ends[node]].join(' '),
          );
        });
        expect(trees[0], path).toEqual(trees[1]);
      }
    },
  );

  it('reads files beyond its default buffer', () => {
    const line = 'function f() { return g(); }\n';
    const text = line.repeat(4000);
    const parser = nativeParser('javascript');
    const { functions } = extractFile(parser.read(text), parser.definition, 'a.js');
    expect(functions).toHaveLength(4000);
  });
});
