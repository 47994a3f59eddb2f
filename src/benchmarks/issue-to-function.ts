import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type AnalyzeRepositoryOptions, analyzeRepository, type CodeFunction } from '../corpus/index.js';
import { checkOptions } from '../numerics/index.js';
import { changedLines } from './changed-lines.js';
import { findDataTable } from './files/data-tables.js';
import { type JsonRow, MissingDataError, stringField } from './files/json-lines.js';
import { readTables } from './files/read-table.js';
import type { RetrievalTask, RetrievalText } from './retrieval-task.js';

/** Which functions of a repository stand as documents for its issues. */
export interface LoadIssueToFunctionOptions
  extends Pick<AnalyzeRepositoryOptions, 'include' | 'exclude' | 'languages' | 'workers'> {
  /**
   * What stands for a function.
   * @defaultValue its path, its qualified name, and the function as it stands, on lines of their own
   */
  readonly textOf?: (fn: CodeFunction) => string;
  /**
   * Issues after this many are not read.
   * @defaultValue all
   */
  readonly limit?: number;
}

const COLUMNS = ['instance_id', 'repo', 'base_commit', 'problem_statement', 'patch'];

const defaultText = ({ path, qualifiedName, source }: CodeFunction): string =>
  `${path}\n${qualifiedName}\n${source}`;

/** The innermost functions that a patch changes: a line goes in them, or lines come in between two of theirs. */
const editedFunctions = (functions: readonly CodeFunction[], patch: string): ReadonlySet<string> => {
  const edited = new Set<string>();
  const innermost = (path: string, first: number, last: number): CodeFunction | undefined => {
    let found: CodeFunction | undefined;
    for (const fn of functions) {
      if (fn.path !== path || fn.startLine > first || fn.endLine < last) continue;
      if (found === undefined || fn.endLine - fn.startLine <= found.endLine - found.startLine) found = fn;
    }
    return found;
  };
  for (const { path, removed, insertedAfter } of changedLines(patch)) {
    for (const line of removed) {
      const fn = innermost(path, line, line);
      if (fn !== undefined) edited.add(fn.id);
    }
    for (const line of insertedAfter) {
      const fn = innermost(path, line, line + 1);
      if (fn !== undefined) edited.add(fn.id);
    }
  }
  return edited;
};

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** A copy of the issue's own, as its files stand, or a clone, read at the issue's commit. */
const repositoryOf = async (directory: string, row: JsonRow) => {
  const own = join(directory, 'repositories', stringField(row, 'instance_id'));
  if (await isFolder(own)) return { root: own, revision: null };
  const repository = stringField(row, 'repo');
  for (const name of [repository.replace('/', '__'), repository, `${repository.replace('/', '__')}.git`]) {
    const root = join(directory, 'repositories', ...name.split('/'));
    if (await isFolder(root)) return { root, revision: stringField(row, 'base_commit') };
  }
  throw new MissingDataError(
    `${own} is missing. Clone ${repository} (a bare clone does) to ` +
      `${join(directory, 'repositories', repository.replace('/', '__'))}, or put its files at ` +
      `${stringField(row, 'base_commit').slice(0, 12)} there.`,
  );
};

/**
 * From the text of an issue to the functions that its fix edits, among all functions of the repository before the fix:
 * one task an issue, nDCG@10.
 *
 * Reads issues in the columns of SWE-bench (`instance_id`, `repo`, `base_commit`, `problem_statement`, `patch`) from
 * `<directory>/issues.jsonl`, `test.jsonl` or `data/test-….parquet`, and the repositories from
 * `<directory>/repositories/<owner>__<name>`, a clone that is read at `base_commit` (by `isomorphic-git`), or
 * `<directory>/repositories/<instance_id>`, files as they stand. Relevant are the innermost functions with a line that the
 * patch takes out or puts in. Issues whose fix edits no function that was there are left out.
 *
 * Evaluate each task, and put the results together with {@link joinEvaluations}.
 *
 * @throws MissingDataError when issues or a repository are missing: what to get and where to put it.
 *
 * @example
 * ```ts
 * import { evaluateBm25, joinEvaluations, loadIssueToFunction } from 'oasis-embed/benchmarks';
 * try {
 *   const evaluations = [];
 *   for await (const task of loadIssueToFunction('data/swe-bench')) evaluations.push(await evaluateBm25(task));
 *   console.log(joinEvaluations('Issue to function', evaluations).score);
 * } catch (error) {
 *   console.log((error as Error).message); // data/swe-bench/issues.jsonl is missing. Get …
 * }
 * ```
 * @see Jimenez et al. (2024), SWE-bench; Reddy et al. (2025), SweRank: software issue localization with code ranking.
 */
export async function* loadIssueToFunction(
  directory: string,
  options: LoadIssueToFunctionOptions = {},
): AsyncGenerator<RetrievalTask> {
  checkOptions('loadIssueToFunction', options, {
    include: true,
    exclude: true,
    languages: true,
    workers: true,
    textOf: true,
    limit: true,
  });
  const { textOf = defaultText, limit = Number.POSITIVE_INFINITY, ...reading } = options;
  const advice =
    'Get issues in the columns of SWE-bench (princeton-nlp/SWE-bench_Lite on the hub) and put issues.jsonl, or the ' +
    `folder data with its Parquet files, into ${directory}.`;
  const files = await findDataTable(directory, ['issues', 'test', 'data/test'], advice, 'issues.jsonl');
  let read = 0;
  for await (const row of readTables(files, COLUMNS)) {
    if (read++ >= limit) return;
    const id = stringField(row, 'instance_id');
    const { root, revision } = await repositoryOf(directory, row);
    const { functions } = await analyzeRepository(root, {
      ...reading,
      repository: stringField(row, 'repo'),
      ...(revision === null ? {} : { revision }),
    });
    const edited = editedFunctions(functions, stringField(row, 'patch'));
    if (edited.size === 0) continue;
    const query: RetrievalText = {
      id,
      text: stringField(row, 'problem_statement'),
      key: id,
      place: row.place,
    };
    yield {
      name: id,
      measure: 'ndcg@10',
      async *queries() {
        yield query;
      },
      async *documents() {
        for (const fn of functions) yield { id: fn.id, text: textOf(fn), key: fn.id };
      },
      qrels: new Map([[id, new Map([...edited].map((fn) => [fn, 1]))]]),
      selfRetrieval: false,
      ignoreIdenticalIds: false,
    };
  }
}
