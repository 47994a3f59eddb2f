import { realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { LANGUAGES } from '../syntax/index.js';
import {
  type AnalysisSettings,
  type AnalyzeRepositoryOptions,
  analysisSettings,
} from './analysis-options.js';
import type { KeyedFile } from './calls/known-calls.js';
import { RepositoryIndex } from './calls/repository-index.js';
import { type ResolvedSite, resolveCalls, resolveFile } from './calls/resolve-calls.js';
import type { IndexedFile } from './calls/target.js';
import { describeFunctions, type FunctionDraft, liftCalls, linkFunctions } from './describe-functions.js';
import { repositoriesKnownTo } from './extraction/analysis-cache.js';
import { countBy } from './filters/count-by.js';
import { type DropReason, filterFunctions } from './filters/filter-functions.js';
import { headerLicense, readLicenses } from './licenses/read-licenses.js';
import { readableFiles, readFiles } from './read-files.js';
import type { RepositoryAnalysis } from './repository-analysis.js';
import { folderSource } from './sources/folder-source.js';
import { gitSource, isBareRepository } from './sources/git-source.js';
import type { LeftOut } from './sources/left-out.js';
import { type FileList, listFiles } from './sources/list-files.js';
import type { SourceEncoding } from './sources/read-source.js';

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
  const settings = analysisSettings(options);
  const { maxFileBytes, gitignore, signal } = settings;
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
  const keys: (string | null)[] = [];
  const functions: FunctionDraft[] = [];
  /** The entry that each function belongs to, by their numbers in the repository. */
  const unitOf: number[] = [];
  const firstUnits = new Map<IndexedFile, number>();
  const filesWithErrors: string[] = [];
  const encodings: SourceEncoding[] = [];
  let bytes = 0;
  let done = 0;
  for await (const { listed, file, size, key } of readFiles(source, files, settings)) {
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
      keys.push(key);
      firstUnits.set(entry, functions.length);
      for (const { unit } of facts.functions) unitOf.push(functions.length + unit);
      const license = headerLicense(file.text) ?? licenses.of(path);
      for (const found of describeFunctions(repository, { ...listed, license }, file.reading, file.text))
        functions.push(found);
    }
    done++;
    options.onProgress?.({ repository, done, total: files.length, path });
  }

  const callsBetween = () => {
    const index = new RepositoryIndex(indexed, list);
    const keyed = indexed.map((file, at): KeyedFile => ({ file, key: keys[at] ?? '' }));
    const sitesOf = siteFinder(index, keyed, list, `${folder}\0${settings.granularity}`, bytes, settings);
    return liftCalls(
      resolveCalls(index, indexed, sitesOf, (file, { unit }) =>
        unit < 0 ? -1 : firstUnits.get(file)! + unit,
      ),
      unitOf,
    );
  };
  const edges = settings.resolveCalls ? callsBetween() : [];
  linkFunctions(edges, functions);
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
      caller: functions[caller]!.id,
      callee: functions[callee]!.id,
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
    functionsWithErrors: functions.filter(({ hasSyntaxError }) => hasSyntaxError).length,
    unreadLanguages: [
      ...missing,
      ...[...list.unread].map(([language, count]) => ({ language, files: count, package: null })),
    ].sort((a, b) => b.files - a.files || (a.language < b.language ? -1 : 1)),
  };
};

/** How the calls of a file are resolved: by what the cache knows of the repository, if there is one. */
const siteFinder = (
  index: RepositoryIndex,
  files: readonly KeyedFile[],
  list: FileList,
  name: string,
  bytes: number,
  { cache }: AnalysisSettings,
): ((file: IndexedFile) => readonly ResolvedSite[]) => {
  const repositories = cache === undefined ? undefined : repositoriesKnownTo(cache);
  if (repositories === undefined) return (file) => resolveFile(index, file);
  const { sites, resolved } = repositories.callsOf(name, bytes).resolve(index, files, list);
  repositories.resolved += resolved;
  return (file) => sites.get(file)!;
};
