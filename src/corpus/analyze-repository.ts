import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { checkOptions, checkWholeNumber, type OptionNames } from '../numerics/index.js';
import { grammarVersion, headerLanguage, LANGUAGES, type LanguageId } from '../syntax/index.js';
import { RepositoryIndex } from './calls/repository-index.js';
import { resolveCalls } from './calls/resolve-calls.js';
import type { IndexedFile } from './calls/target.js';
import { describeFunctions, type FunctionDraft, liftCalls, referencesOf } from './describe-functions.js';
import type { AnalysisCache } from './extraction/analysis-cache.js';
import type { AnalyzedFile, FileTask } from './extraction/analyze-file.js';
import type { CallTier, CodeFunction } from './extraction/code-function.js';
import { startExtractionWorkers } from './extraction/extraction-workers.js';
import { type FileAnalyzer, localAnalyzer } from './extraction/file-analyzer.js';
import type { Granularity } from './extraction/granularity.js';
import { countBy } from './filters/count-by.js';
import { type DropReason, filterFunctions } from './filters/filter-functions.js';
import type { FunctionFilterOptions } from './filters/filter-options.js';
import type { FilterPreset } from './filters/filter-presets.js';
import { headerLicense, readLicenses } from './licenses/read-licenses.js';
import { compiledCopies } from './sources/compiled-copies.js';
import { folderSource } from './sources/folder-source.js';
import { gitSource, isBareRepository } from './sources/git-source.js';
import type { LeftOut, LeftOutReason } from './sources/left-out.js';
import { type ListedFile, listFiles } from './sources/list-files.js';
import { decodeSource, type SourceEncoding } from './sources/read-source.js';
import type { RepositorySource } from './sources/repository-source.js';
import type { UnreadLanguage } from './sources/unread-languages.js';

/** Options of {@link analyzeRepository}. */
export interface AnalyzeRepositoryOptions {
  /**
   * The repository's name in ids and results.
   *
   * @defaultValue the root's base name
   */
  readonly repository?: string;
  /**
   * What one entry of `functions` is: a function, a class with its members, a whole file, or at `module` each
   * function, class, type, documented constant and file's own code by itself. Calls are lifted to the entries that
   * hold them, those at the top of a class or file included.
   *
   * @defaultValue 'function'
   */
  readonly granularity?: Granularity;
  /**
   * A branch, tag or commit of the repository that is read instead of its checkout, with any of `~n`, `^n`
   * behind it. Needs the package `isomorphic-git`, not Git.
   *
   * @defaultValue the files as they stand; HEAD for a bare repository
   */
  readonly revision?: string;
  /**
   * Worker threads that parse, at most; the result is the same with any number. 0 parses in this thread.
   *
   * @defaultValue 0
   */
  readonly workers?: number;
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
  readonly filters?: FunctionFilterOptions | FilterPreset;
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
  /** The commit that was read, or null for files as they stand. */
  readonly commit: string | null;
  /** The SPDX expression that its manifest or license file at the root says, or null. */
  readonly license: string | null;
  /** By path, then by place in the file. */
  readonly functions: readonly CodeFunction[];
  /** One per caller and callee, calls to itself included, over all functions found, filtered ones too. */
  readonly calls: readonly CallEdge[];
  readonly leftOut: readonly LeftOut[];
  readonly leftOutByReason: Readonly<Partial<Record<LeftOutReason, number>>>;
  /** Functions left out by `filters`, by the first reason that applied. */
  readonly droppedByReason: Readonly<Partial<Record<DropReason, number>>>;
  readonly files: number;
  /** Of the files read, by path. */
  readonly paths: readonly string[];
  /** Files in no language that is read, neither ignored nor excluded, by path. */
  readonly otherFiles: readonly string[];
  readonly bytes: number;
  /** Files read, by how their bytes were decoded. */
  readonly filesByEncoding: Readonly<Partial<Record<SourceEncoding, number>>>;
  /** Files with syntax errors; what could be read of them is in `functions`. */
  readonly filesWithErrors: readonly string[];
  /** Functions found whose text holds a syntax error: see {@link CodeFunction.hasSyntaxError}. */
  readonly functionsWithErrors: number;
  /** Programming languages of the repository that were not read, most files first. */
  readonly unreadLanguages: readonly UnreadLanguage[];
}

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

const ANALYZE_REPOSITORY_OPTIONS: OptionNames<AnalyzeRepositoryOptions> = {
  repository: true,
  granularity: true,
  revision: true,
  workers: true,
  languages: true,
  include: true,
  exclude: true,
  gitignore: true,
  maxFileBytes: true,
  keepGenerated: true,
  cache: true,
  filters: true,
  onProgress: true,
  signal: true,
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
 * @param root A folder or a bare Git repository; it may itself be inside a `node_modules`: a package is a
 * repository.
 * @returns Functions, calls, and everything that was left out.
 * @throws If `root` is no folder, if the grammar of a language in `languages` is missing or that of every language
 * found, if `revision` names no commit, or if
 * `signal` aborts.
 *
 * Time O(bytes); memory O(functions), plus one file's tree at a time per thread.
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
  checkOptions('analyzeRepository', options, ANALYZE_REPOSITORY_OPTIONS);
  const { maxFileBytes = 1 << 20, gitignore = true, signal, workers = 0 } = options;
  const { granularity = 'function' } = options;
  if (!(maxFileBytes > 0)) throw new RangeError(`maxFileBytes must be positive, received ${maxFileBytes}`);
  checkWholeNumber('workers', workers, 0);
  if (!['function', 'class', 'file', 'module'].includes(granularity))
    throw new RangeError(`granularity must be function, class, file or module, received ${granularity}`);
  const folder = await checkRoot(root);
  const isBare = isBareRepository(folder);
  const repository = options.repository ?? basename(folder, isBare ? '.git' : '');
  const source =
    isBare || options.revision !== undefined
      ? await gitSource(folder, options.revision ?? 'HEAD')
      : folderSource(folder);
  const { include, exclude, languages } = options;
  const list = await listFiles(source, { languages, include, exclude, gitignore, maxFileBytes, signal });
  const leftOut: LeftOut[] = [...list.leftOut];
  const { files, missing } = await readableFiles(list.files, languages);
  const licenses = await readLicenses(source, list.licenseFiles);

  const indexed: IndexedFile[] = [];
  const drafts: FunctionDraft[] = [];
  /** The entry that each function belongs to, by their numbers in the repository. */
  const unitOf: number[] = [];
  const firstUnits = new Map<IndexedFile, number>();
  const filesWithErrors: string[] = [];
  const encodings: SourceEncoding[] = [];
  let bytes = 0;
  let done = 0;
  for await (const { listed, file, size } of readFiles(source, files, options)) {
    signal?.throwIfAborted();
    const { path } = listed;
    if (typeof file === 'string') leftOut.push({ path, reason: file });
    else if (languages?.includes(listed.language) !== false) {
      const { facts, encoding } = file.reading;
      bytes += size;
      encodings.push(encoding);
      if (facts.errors > 0) filesWithErrors.push(path);
      const entry = { path, definition: LANGUAGES[listed.language], facts, offset: unitOf.length };
      indexed.push(entry);
      firstUnits.set(entry, drafts.length);
      for (const { unit } of facts.functions) unitOf.push(drafts.length + unit);
      const license = headerLicense(file.text) ?? licenses.of(path);
      for (const draft of describeFunctions(repository, { ...listed, license }, file.reading, file.text))
        drafts.push(draft);
    }
    done++;
    options.onProgress?.({ repository, done, total: files.length, path });
  }

  const index = new RepositoryIndex(indexed, list);
  const edges = liftCalls(
    resolveCalls(index, indexed, (file, { unit }) => (unit < 0 ? -1 : firstUnits.get(file)! + unit)),
    unitOf,
  );
  const { callers, callees } = referencesOf(edges, drafts);
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
    commit: source.commit,
    license: licenses.of(''),
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
    paths: indexed.map(({ path }) => path),
    otherFiles: list.others,
    bytes,
    filesByEncoding: countBy(encodings),
    filesWithErrors,
    functionsWithErrors: drafts.filter(({ hasSyntaxError }) => hasSyntaxError).length,
    unreadLanguages: [
      ...missing,
      ...[...list.unread].map(([language, count]) => ({ language, files: count, package: null })),
    ].sort((a, b) => b.files - a.files || (a.language < b.language ? -1 : 1)),
  };
};

/**
 * The files whose grammars are installed, and the languages of the others.
 *
 * @throws If a language that was asked for, or every language there is, lacks its grammar.
 */
const readableFiles = async (
  files: readonly ListedFile[],
  asked: readonly LanguageId[] | undefined,
): Promise<{ readonly files: readonly ListedFile[]; readonly missing: readonly UnreadLanguage[] }> => {
  const counts = new Map<LanguageId, number>();
  for (const { language } of files) counts.set(language, (counts.get(language) ?? 0) + 1);
  const missing = new Map<LanguageId, UnreadLanguage>();
  let failure: unknown;
  for (const [language, count] of counts) {
    try {
      await grammarVersion(language);
    } catch (error) {
      if (asked?.includes(language)) throw error;
      failure = error;
      missing.set(language, { language, files: count, package: LANGUAGES[language].grammar.package });
    }
  }
  if (missing.size > 0 && missing.size === counts.size) throw failure;
  if (missing.size === 0) return { files, missing: [] };
  return { files: files.filter(({ language }) => !missing.has(language)), missing: [...missing.values()] };
};

interface ReadFile {
  readonly listed: ListedFile;
  readonly file: AnalyzedFile;
  readonly size: number;
}

/** The files in their order, whichever thread is done first; what the cache knows is not parsed again. */
async function* readFiles(
  source: RepositorySource,
  files: readonly ListedFile[],
  options: AnalyzeRepositoryOptions,
): AsyncGenerator<ReadFile> {
  const { cache, keepGenerated = false, maxFileBytes = 1 << 20 } = options;
  const { granularity = 'function' } = options;
  const copies = keepGenerated ? new Set<string>() : compiledCopies(files);
  const threads = Math.min(options.workers ?? 0, files.length);
  const analyzer = (threads > 0 ? await startExtractionWorkers(threads) : null) ?? localAnalyzer();
  const readsCpp = grammarVersion('cpp').then(
    () => true,
    () => false,
  );
  const read = async (found: ListedFile): Promise<ReadFile> => {
    let listed = found;
    const { path } = listed;
    if (copies.has(path)) return { listed, file: 'compiled-copy', size: 0 };
    const bytes = await source.read(path, maxFileBytes);
    if (typeof bytes === 'string') return { listed, file: bytes, size: 0 };
    if (listed.language === 'c' && /\.h$/i.test(path) && (await readsCpp)) {
      const text = decodeSource(bytes)?.text ?? '';
      listed = { path, language: headerLanguage(text) };
    }
    const task: FileTask = { path, language: listed.language, granularity, keepGenerated };
    const file =
      cache === undefined ? await analyzer.analyze(bytes, task) : await cached(cache, analyzer, bytes, task);
    return { listed, file, size: bytes.length };
  };
  try {
    const asked: Promise<ReadFile>[] = [];
    let next = 0;
    for (;;) {
      while (next < files.length && asked.length < analyzer.ahead) {
        options.signal?.throwIfAborted();
        const answer = read(files[next++]!);
        // Whoever awaits it sees the failure; one nobody awaits any more may fail in silence.
        answer.catch(() => {});
        asked.push(answer);
      }
      const answer = asked.shift();
      if (answer === undefined) return;
      yield await answer;
    }
  } finally {
    await analyzer.close();
  }
}

const cached = async (
  cache: AnalysisCache,
  analyzer: FileAnalyzer,
  bytes: Uint8Array,
  task: FileTask,
): Promise<AnalyzedFile> => {
  const { path, language, granularity, keepGenerated } = task;
  const settings = [path, language, granularity, keepGenerated, await grammarVersion(language)].join('\0');
  const key = createHash('sha256').update(`${settings}\0`).update(bytes).digest('base64');
  const known = cache.get(key, bytes.length);
  if (typeof known === 'string') return known;
  if (known !== undefined) {
    const source = decodeSource(bytes);
    return source === null ? 'binary' : { reading: known, text: source.text };
  }
  const file = await analyzer.analyze(bytes, task);
  await cache.set(key, bytes.length, typeof file === 'string' ? file : file.reading);
  return file;
};
