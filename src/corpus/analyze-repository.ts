import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type LanguageId, loadLanguage, type SyntaxParser } from '../syntax/index.js';
import type { AnalysisCache } from './analysis-cache.js';
import { CALL_TIERS } from './call-tiers.js';
import type { CallReference, CallTier, CodeFunction } from './code-function.js';
import { compiledCopies } from './compiled-copies.js';
import { countBy } from './count-by.js';
import { detectGenerated } from './detect-generated.js';
import { extractFile, type FileFacts } from './extract-file.js';
import { type DropReason, type FunctionFilterOptions, filterFunctions } from './filter-functions.js';
import type { LeftOut, LeftOutReason } from './left-out.js';
import { type ListedFile, listFiles } from './list-files.js';
import { decodeSource, type SourceText } from './read-source.js';
import { type IndexedFile, RepositoryIndex } from './repository-index.js';
import { type ResolvedCall, resolveCalls } from './resolve-calls.js';
import { summarizeDoc } from './summarize-doc.js';

/** Options of {@link analyzeRepository}. */
export interface AnalyzeRepositoryOptions {
  /**
   * The repository's name in ids and results.
   *
   * @defaultValue the root's base name
   */
  readonly repository?: string;
  /**
   * The languages that are read.
   *
   * @defaultValue all
   */
  readonly languages?: readonly LanguageId[];
  /** Patterns as in .gitignore; where given, only files that match one are read. */
  readonly include?: readonly string[];
  /** Patterns as in .gitignore of files and folders to leave out. */
  readonly exclude?: readonly string[];
  /**
   * Whether the repository's .gitignore files are obeyed.
   *
   * @defaultValue true
   */
  readonly gitignore?: boolean;
  /**
   * Larger files are left out without being opened.
   *
   * @defaultValue 1048576
   */
  readonly maxFileBytes?: number;
  /**
   * Whether files that look generated or minified, and copies in another module format, are read all the same.
   *
   * @defaultValue false
   */
  readonly keepGenerated?: boolean;
  /** Spares parsing files that earlier analyses have read: see {@link createAnalysisCache}. */
  readonly cache?: AnalysisCache;
  /** Which functions to keep: see {@link filterFunctions}. Without it all are kept. */
  readonly filters?: FunctionFilterOptions;
  /** Called after each file. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  readonly signal?: AbortSignal;
}

export interface AnalysisProgress {
  readonly repository: string;
  /** Files read so far, and files to read in all. */
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

/** A resolved call between two functions of the repository, by their ids. */
export interface CallEdge {
  readonly caller: string;
  readonly callee: string;
  readonly tier: CallTier;
  /** In (0, 1]. */
  readonly confidence: number;
}

export interface RepositoryAnalysis {
  readonly repository: string;
  /** By path, then by place in the file. */
  readonly functions: readonly CodeFunction[];
  /** One per caller and callee, calls to itself included, over all functions found, filtered ones too. */
  readonly calls: readonly CallEdge[];
  readonly leftOut: readonly LeftOut[];
  readonly leftOutByReason: Readonly<Partial<Record<LeftOutReason, number>>>;
  /** Functions left out by `filters`, by the first reason that applied. */
  readonly droppedByReason: Readonly<Partial<Record<DropReason, number>>>;
  readonly files: number;
  readonly bytes: number;
  /** Files with syntax errors; what could be read of them is in `functions`. */
  readonly filesWithErrors: readonly string[];
}

const identify = (repository: string, path: string, facts: FileFacts): string[] => {
  const ordinals = new Map<string, number>();
  return facts.functions.map(({ qualifiedName }) => {
    const ordinal = ordinals.get(qualifiedName) ?? 0;
    ordinals.set(qualifiedName, ordinal + 1);
    const key = `${repository}\0${path}\0${qualifiedName}\0${ordinal}`;
    return createHash('sha256').update(key).digest('hex').slice(0, 16);
  });
};

interface ReadFile {
  readonly listed: ListedFile;
  readonly source: SourceText;
  readonly facts: FileFacts;
  readonly parser: SyntaxParser;
}

const readOne = async (
  root: string,
  listed: ListedFile,
  keepGenerated: boolean,
  cache: AnalysisCache | undefined,
): Promise<ReadFile | LeftOutReason> => {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(join(root, listed.path));
  } catch {
    return 'unreadable';
  }
  const source = decodeSource(bytes);
  if (source === null) return 'binary';
  if (!keepGenerated) {
    const reason = detectGenerated(source.text);
    if (reason !== null) return reason;
  }
  const parser = await loadLanguage(listed.language);
  const { path } = listed;
  const extract = () => extractFile(parser.read(source.text), parser.definition, path);
  try {
    const facts = cache === undefined ? extract() : cache.read(path, source.text, extract);
    return { listed, source, parser, facts };
  } catch {
    return 'unparsable';
  }
};

const checkRoot = async (root: string): Promise<string> => {
  let real: string;
  try {
    real = await realpath(resolve(root));
  } catch {
    throw new Error(`root must be a folder that exists, received ${root}`);
  }
  if (!(await stat(real)).isDirectory()) throw new Error(`root must be a folder, received the file ${root}`);
  return real;
};

/** The function's lines by a table of line starts; lines count from 1. */
const lineCounter = (text: string): ((index: number) => number) => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (index) => {
    let low = 0;
    let high = starts.length;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (starts[middle]! <= index) low = middle;
      else high = middle;
    }
    return low + 1;
  };
};

const referencesOf = (
  edges: readonly ResolvedCall[],
  count: number,
  describe: (number: number) => { id: string; name: string },
): { callers: CallReference[][]; callees: CallReference[][] } => {
  const callers: CallReference[][] = Array.from({ length: count }, () => []);
  const callees: CallReference[][] = Array.from({ length: count }, () => []);
  // Sorting keeps the order of the calls within a tier.
  const trusted = [...edges].sort((a, b) => CALL_TIERS.indexOf(a.tier) - CALL_TIERS.indexOf(b.tier));
  for (const { caller, callee, tier, confidence } of trusted) {
    if (caller === callee) continue;
    callers[callee]!.push({ ...describe(caller), tier, confidence });
    callees[caller]!.push({ ...describe(callee), tier, confidence });
  }
  return { callers, callees };
};

/**
 * Reads a repository: every named function with its author's doc, and the calls between them.
 *
 * Files are parsed, never executed. Links are not followed; vendored, built, generated, minified and oversized
 * files are left out and listed with the reason. A file with syntax errors gives what can be read of it.
 *
 * The result is the same on every machine: functions by path and place, `/` in paths. No function found is an
 * empty result, not an error.
 *
 * @param root A folder; it may itself lie in a `node_modules`: a package is a repository.
 * @returns Functions, calls, and what was left out.
 * @throws If `root` is no folder, if a needed grammar package is missing, or if `signal` aborts.
 *
 * Time O(bytes); memory O(functions), plus one file's tree at a time.
 *
 * @example
 * ```ts
 * import { mkdtemp, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { analyzeRepository } from 'oasis-embed/corpus';
 *
 * const root = await mkdtemp(join(tmpdir(), 'repository-'));
 * await writeFile(join(root, 'a.js'), '/** Adds one. *\/\nexport const next = (n) => add(n, 1);\nconst add = (a, b) => a + b;');
 * const { functions } = await analyzeRepository(root);
 * functions.map(({ name, summary, callees }) => [name, summary, callees.map((callee) => callee.name)]);
 * // [['next', 'Adds one.', ['add']], ['add', null, []]]
 * ```
 */
export const analyzeRepository = async (
  root: string,
  options: AnalyzeRepositoryOptions = {},
): Promise<RepositoryAnalysis> => {
  const { maxFileBytes = 1 << 20, keepGenerated = false, gitignore = true, signal } = options;
  if (!(maxFileBytes > 0)) throw new RangeError(`maxFileBytes must be positive, received ${maxFileBytes}`);
  const folder = await checkRoot(root);
  const repository = options.repository ?? basename(folder);
  const { include, exclude, languages } = options;
  const list = await listFiles(folder, { languages, include, exclude, gitignore, maxFileBytes, signal });
  const leftOut: LeftOut[] = [...list.leftOut];
  const copies = keepGenerated ? new Set<string>() : compiledCopies(list.files);

  const indexed: IndexedFile[] = [];
  const drafts: Omit<CodeFunction, 'callers' | 'callees'>[] = [];
  const filesWithErrors: string[] = [];
  let bytes = 0;
  for (const [at, listed] of list.files.entries()) {
    signal?.throwIfAborted();
    if (copies.has(listed.path)) leftOut.push({ path: listed.path, reason: 'compiled-copy' });
    else {
      const read = await readOne(folder, listed, keepGenerated, options.cache);
      if (typeof read === 'string') leftOut.push({ path: listed.path, reason: read });
      else {
        bytes += listed.bytes;
        if (read.facts.errors > 0) filesWithErrors.push(listed.path);
        indexed.push({
          path: listed.path,
          definition: read.parser.definition,
          facts: read.facts,
          offset: drafts.length,
        });
        for (const draft of describeFunctions(repository, read)) drafts.push(draft);
      }
    }
    options.onProgress?.({ repository, done: at + 1, total: list.files.length, path: listed.path });
  }

  const edges = resolveCalls(new RepositoryIndex(indexed, list), indexed);
  const { callers, callees } = referencesOf(edges, drafts.length, (number) => ({
    id: drafts[number]!.id,
    name: drafts[number]!.name,
  }));
  const functions = drafts.map(
    (draft, number): CodeFunction => ({
      ...draft,
      callers: callers[number]!,
      callees: callees[number]!,
    }),
  );
  const filtered = options.filters === undefined ? null : filterFunctions(functions, options.filters);
  const droppedByReason: Partial<Record<DropReason, number>> =
    filtered === null ? {} : filtered.droppedByReason;
  leftOut.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return {
    repository,
    functions: filtered?.kept ?? functions,
    calls: edges.map(({ caller, callee, tier, confidence }) => ({
      caller: drafts[caller]!.id,
      callee: drafts[callee]!.id,
      tier,
      confidence,
    })),
    leftOut,
    leftOutByReason: countBy(leftOut.map(({ reason }) => reason)),
    droppedByReason,
    files: indexed.length,
    bytes,
    filesWithErrors,
  };
};

const describeFunctions = (
  repository: string,
  { listed, source, facts }: ReadFile,
): Omit<CodeFunction, 'callers' | 'callees'>[] => {
  const ids = identify(repository, listed.path, facts);
  const lineOf = lineCounter(source.text);
  return facts.functions.map((found, local) => {
    const { start, end, head, name, qualifiedName, signature, code, doc } = found;
    return {
      id: ids[local]!,
      repository,
      path: listed.path,
      language: listed.language,
      name,
      qualifiedName,
      signature,
      parameters: head.parameters,
      startByte: source.byteOffset(start),
      endByte: source.byteOffset(end),
      startLine: lineOf(start),
      endLine: lineOf(Math.max(start, end - 1)),
      source: source.text.slice(start, end),
      code,
      doc,
      summary: doc === null ? null : summarizeDoc(doc),
    };
  });
};
