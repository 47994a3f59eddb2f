import { checkOptions, type OptionNames } from '../numerics/index.js';
import { findGrammar } from './grammar-file.js';
import { LANGUAGES, type LanguageId } from './languages/index.js';
import type { ParsedTree } from './parsed-tree.js';
import { SyntaxParser } from './syntax-parser.js';
import {
  BINDING,
  type Binding,
  loadBinding,
  memoryOf,
  missingPackage,
  resolveFile,
} from './tree-sitter-binding.js';
import { webTreeReader } from './web-tree-reader.js';

/** Options of {@link loadLanguage}. */
export interface LoadLanguageOptions {
  /**
   * A folder to look for the grammar packages from, before the working directory and this package.
   *
   * @defaultValue process.cwd()
   */
  readonly from?: string;
}

const loaded = new Map<string, Promise<SyntaxParser>>();
let current: Promise<Binding> | undefined;

/**
 * The parser is stopped after so many of its progress reports: some grammars take time and memory without bound
 * for texts that no one writes. Real files need about 0.005 a unit, minified ones 0.02.
 */
const STEPS = 5000;
const STEPS_PER_UNIT = 0.05;

/**
 * Where single steps are slow, milliseconds end it: over 40 times what the slowest grammar takes for real code. They are of
 * this process's work, not of the clock alone: on a busy machine a file would be given up that is read on an idle one.
 */
const MILLISECONDS = 10_000;
const MILLISECONDS_PER_UNIT = 0.01;
const MOST_MILLISECONDS = 120_000;

/** WebAssembly ends at 2 GiB, and what runs into that is lost. */
const MEMORY_LIMIT = 1.5 * 2 ** 30;

/** Memory only grows: an instance that holds more makes way for a fresh one. */
const KEPT_MEMORY = 2 ** 28;

/** The next parser asked for is one of a fresh instance; parsers of this one live on as long as they are held. */
const retire = (): void => {
  current = undefined;
  loaded.clear();
};

/** Milliseconds of processor time since the call; without end where a runtime does not tell. */
const workClock = (): (() => number) => {
  const measure = globalThis.process?.cpuUsage;
  if (measure === undefined) return () => Number.POSITIVE_INFINITY;
  const start = measure();
  return () => {
    const { user, system } = measure(start);
    return (user + system) / 1000;
  };
};

const load = async (language: LanguageId, from: string): Promise<SyntaxParser> => {
  const opening = current ?? loadBinding(language, from);
  current = opening;
  let binding: Binding;
  try {
    binding = await opening;
  } catch (error) {
    if (current === opening) current = undefined;
    throw error;
  }
  const retireThis = (): void => {
    if (current === opening) retire();
  };
  const { file } = await findGrammar(language, from);
  const { Parser, Language } = binding.module;
  const parser = new Parser();
  const tables = await Language.load(file);
  parser.setLanguage(tables);
  const parse = (source: string): ParsedTree | null => {
    const limit = STEPS + STEPS_PER_UNIT * source.length;
    let steps = 0;
    const allowed = Math.min(MOST_MILLISECONDS, MILLISECONDS + MILLISECONDS_PER_UNIT * source.length);
    const begun = performance.now();
    // Asking for processor time is a system call, which short parses do without.
    const unmeasured = allowed / 8;
    let worked: (() => number) | undefined;
    const isOverdue = () => {
      if (performance.now() - begun <= unmeasured) return false;
      worked ??= workClock();
      return performance.now() - begun > allowed && worked() > allowed - unmeasured;
    };
    const progressCallback = () => ++steps > limit || memoryOf(binding) > MEMORY_LIMIT || isOverdue();
    try {
      const tree = parser.parse(source, null, { progressCallback });
      // A parser that was stopped would go on where it stood.
      if (tree === null) parser.reset();
      return tree;
    } catch (error) {
      retireThis();
      throw error;
    } finally {
      if (memoryOf(binding) > KEPT_MEMORY) retireThis();
    }
  };
  return new SyntaxParser(language, parse, webTreeReader(binding.wasm, tables));
};

const versions = new Map<string, Promise<string>>();

/** The version of the package whose file this is, however deep in it. */
const packageVersion = async (file: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => null);
    if (text !== null) return String((JSON.parse(text) as { version?: unknown }).version);
    if (dirname(folder) === folder) return 'unknown';
  }
};

const installedVersions = async (language: LanguageId, from: string): Promise<string> => {
  const grammar = await findGrammar(language, from);
  const binding = await resolveFile(BINDING, from);
  if (binding === null) throw missingPackage(BINDING, language);
  return `${grammar.request}@${await packageVersion(grammar.file)} ${BINDING}@${await packageVersion(binding)}`;
};

/**
 * The versions of a language's grammar and of `web-tree-sitter`, for keys of what they found.
 *
 * @throws If one of them is not installed: the message says which.
 */
export const grammarVersion = (language: LanguageId, from: string = process.cwd()): Promise<string> => {
  const key = `${language}\n${from}`;
  let version = versions.get(key);
  if (version === undefined) {
    version = installedVersions(language, from);
    versions.set(key, version);
    version.catch(() => versions.delete(key));
  }
  return version;
};

const LOAD_LANGUAGE_OPTIONS: OptionNames<LoadLanguageOptions> = { from: true };

/**
 * Loads the parser of a language: `web-tree-sitter` with the .wasm in the grammar's own npm package, or in
 * `@repomix/tree-sitter-wasms`, which holds the grammars of most languages.
 *
 * Packages are looked for from `options.from`, the working directory and this package. A parser is loaded once and
 * shared; parsing is synchronous, so sharing it is safe. A text that takes far more time or memory than any code
 * gives no tree; after one that took much memory, the next call loads a fresh parser. To use the native `tree-sitter`
 * binding instead, give its `parse` to {@link SyntaxParser}.
 *
 * @param language One of the languages of {@link LANGUAGES}.
 * @returns A parser that hands out cursors.
 * @throws If `web-tree-sitter` or the grammar's package is not installed: the message says which.
 *
 * @example
 * ```ts
 * import { loadLanguage } from 'oasis-embed/syntax';
 * const parser = await loadLanguage('javascript');
 * const kinds = parser.withTree('const one = () => 1;', (cursor) => {
 *   cursor.gotoFirstChild();
 *   return cursor.nodeType;
 * }); // 'lexical_declaration'
 * ```
 */
export const loadLanguage = (
  language: LanguageId,
  options: LoadLanguageOptions = {},
): Promise<SyntaxParser> => {
  checkOptions('loadLanguage', options, LOAD_LANGUAGE_OPTIONS);
  if (!Object.hasOwn(LANGUAGES, language)) {
    const known = Object.keys(LANGUAGES).join(', ');
    return Promise.reject(new RangeError(`language must be one of ${known}, received ${String(language)}`));
  }
  const from = options.from ?? process.cwd();
  const key = `${language}\n${from}`;
  let parser = loaded.get(key);
  if (parser === undefined) {
    parser = load(language, from);
    loaded.set(key, parser);
    parser.catch(() => loaded.delete(key));
  }
  return parser;
};
