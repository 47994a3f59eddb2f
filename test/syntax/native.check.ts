import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { extractFile } from '../../src/corpus/extraction/extract-file.js';
import {
  LANGUAGES,
  type LanguageId,
  languageOf,
  loadLanguage,
  type ParsedTree,
  SyntaxParser,
} from '../../src/syntax/index.js';

/** The newest versions whose native bindings load beside one another: each with its prebuilt binary. */
const VERSIONS: Readonly<Record<string, string>> = {
  'tree-sitter': '0.21.1',
  'tree-sitter-javascript': '0.23.1',
  'tree-sitter-typescript': '0.23.2',
  'tree-sitter-python': '0.23.4',
  'tree-sitter-java': '0.23.5',
  'tree-sitter-c-sharp': '0.23.1',
  'tree-sitter-c': '0.23.2',
  'tree-sitter-ruby': '0.23.1',
  'tree-sitter-php': '0.23.12',
  'tree-sitter-go': '0.23.4',
};

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

const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).flatMap((path) => {
  const language = languageOf(path);
  return language === null ? [] : [{ path, language, text: readFileSync(join(fixtures, path), 'utf8') }];
});

describe('the native tree-sitter binding', () => {
  beforeAll(() => {
    if (process.env.OASIS_NATIVE_TREE_SITTER !== undefined) return;
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
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

  it.each(Object.keys(LANGUAGES) as LanguageId[])(
    'gives the functions and calls of web-tree-sitter: %s',
    async (language) => {
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
    },
  );

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
