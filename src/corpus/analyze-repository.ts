import {
  type AnalysisSettings,
  type AnalyzeRepositoryOptions,
  analysisSettings,
} from './analysis-options.js';
import type { KeyedFile } from './calls/known-calls.js';
import { RepositoryIndex } from './calls/repository-index.js';
import {
  callsBetweenUnits,
  type ResolvedCall,
  type ResolvedSite,
  resolveFile,
} from './calls/resolve-calls.js';
import type { IndexedFile } from './calls/target.js';
import { describeFiles } from './describe-files.js';
import { type FunctionDraft, linkFunctions } from './describe-functions.js';
import { repositoriesKnownTo } from './extraction/analysis-cache.js';
import { filterFunctions } from './filters/filter-functions.js';
import { openRepository } from './open-repository.js';
import type { RepositoryAnalysis } from './repository-analysis.js';
import type { FileList } from './sources/list-files.js';

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
 * Time O(bytes); memory O(text of the functions), plus one file's tree at a time per thread:
 * {@link streamRepository} hands the files out one by one in little memory.
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
  const opened = await openRepository(root, settings);
  const { folder, list } = opened;
  const indexed: IndexedFile[] = [];
  const keys: (string | null)[] = [];
  const functions: FunctionDraft[] = [];
  /** The entry that each function belongs to, by their numbers in the repository. */
  const unitOf: number[] = [];
  const firstUnits = new Map<IndexedFile, number>();
  const files = describeFiles(opened, settings);
  let next = await files.next();
  for (; next.done !== true; next = await files.next()) {
    const { path, definition, facts, key } = next.value;
    const entry = { path, definition, facts, offset: unitOf.length };
    indexed.push(entry);
    keys.push(key);
    firstUnits.set(entry, functions.length);
    for (const { unit } of facts.functions) unitOf.push(functions.length + unit);
    for (const found of next.value.functions) functions.push(found);
  }
  const summary = next.value;

  const callsBetween = (): ResolvedCall[] => {
    const index = new RepositoryIndex(indexed, list);
    const keyed = indexed.map((file, at): KeyedFile => ({ file, key: keys[at] ?? '' }));
    const sitesOf = siteFinder(
      index,
      keyed,
      list,
      `${folder}\0${settings.granularity}`,
      summary.bytes,
      settings,
    );
    return indexed.flatMap((file) =>
      callsBetweenUnits(
        sitesOf(file),
        ({ unit }) => (unit < 0 ? -1 : firstUnits.get(file)! + unit),
        (callee) => unitOf[callee]!,
      ),
    );
  };
  const edges = settings.resolveCalls ? callsBetween() : [];
  linkFunctions(edges, functions);
  const { filters } = settings;
  const { kept, droppedByReason } =
    filters === undefined
      ? { kept: functions, droppedByReason: {} as RepositoryAnalysis['droppedByReason'] }
      : filterFunctions(functions, filters);
  return {
    ...summary,
    functions: kept,
    calls: edges.map(({ caller, callee, tier, confidence }) => ({
      caller: functions[caller]!.id,
      callee: functions[callee]!.id,
      tier,
      confidence,
    })),
    droppedByReason,
    paths: indexed.map(({ path }) => path),
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
