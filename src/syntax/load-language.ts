import { LANGUAGES, type LanguageId } from './languages/index.js';
import type { ParsedTree } from './syntax-parser.js';
import { SyntaxParser } from './syntax-parser.js';
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

type WebTreeSitter = typeof import('web-tree-sitter');

const BINDING = 'web-tree-sitter';
const loaded = new Map<string, Promise<SyntaxParser>>();
let binding: Promise<LoadedBinding> | undefined;

interface LoadedBinding {
  readonly module: WebTreeSitter;
  /** The WebAssembly module behind it, if no one initialised it before. */
  readonly wasm: object;
}

/** Set by CommonJS builds, where `import.meta` is empty. */
const ownFile = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

const resolveFile = async (request: string, from: string): Promise<string | null> => {
  const { createRequire } = await import('node:module');
  const { join } = await import('node:path');
  for (const base of [join(from, 'package.json'), join(process.cwd(), 'package.json'), ownFile()]) {
    try {
      return createRequire(base).resolve(request);
    } catch {
      // The next place may have it.
    }
  }
  return null;
};

const missing = (name: string, language: LanguageId): Error =>
  new Error(`parsing ${language} needs the package ${name}: npm install ${name}`);

const loadBinding = async (language: LanguageId, from: string): Promise<LoadedBinding> => {
  let module: WebTreeSitter;
  try {
    module = await import(BINDING);
  } catch {
    const file = await resolveFile(BINDING, from);
    if (file === null) throw missing(BINDING, language);
    const { pathToFileURL } = await import('node:url');
    module = await import(pathToFileURL(file).href);
  }
  const wasm = {};
  await module.Parser.init(wasm);
  return { module, wasm };
};

const load = async (language: LanguageId, from: string): Promise<SyntaxParser> => {
  const { grammar } = LANGUAGES[language];
  binding ??= loadBinding(language, from);
  let loadedBinding: LoadedBinding;
  try {
    loadedBinding = await binding;
  } catch (error) {
    binding = undefined;
    throw error;
  }
  const wasm = await resolveFile(`${grammar.package}/${grammar.wasm}`, from);
  if (wasm === null) throw missing(grammar.package, language);
  const { module } = loadedBinding;
  const parser = new module.Parser();
  const tables = await module.Language.load(wasm);
  parser.setLanguage(tables);
  return new SyntaxParser(
    language,
    (source): ParsedTree | null => parser.parse(source),
    webTreeReader(loadedBinding.wasm, tables),
  );
};

const versions = new Map<string, Promise<string>>();

/** The version of the package whose file this is. */
const packageVersion = async (file: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises');
  const { dirname, join } = await import('node:path');
  const manifest: unknown = JSON.parse(await readFile(join(dirname(file), 'package.json'), 'utf8'));
  return String((manifest as { version?: unknown }).version);
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
    const { grammar } = LANGUAGES[language];
    version = Promise.all(
      [`${grammar.package}/${grammar.wasm}`, BINDING].map(async (request) => {
        const file = await resolveFile(request, from);
        if (file === null) throw missing(request.split('/')[0]!, language);
        return `${request}@${await packageVersion(file)}`;
      }),
    ).then((parts) => parts.join(' '));
    versions.set(key, version);
    version.catch(() => versions.delete(key));
  }
  return version;
};

/**
 * Loads the parser of a language: `web-tree-sitter` with the .wasm in the grammar's own npm package.
 *
 * Both are looked for from `options.from`, the working directory and this package. A parser is loaded once and
 * shared; parsing is synchronous, so sharing it is safe. To use the native `tree-sitter` binding instead, give
 * its `parse` to {@link SyntaxParser}.
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
