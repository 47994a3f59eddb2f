import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOptions, editDistance, type OptionNames } from '../numerics/index.js';
import { type LoadBeirOptions, loadBeir } from './beir.js';
import { findRetrievalTables } from './hub-layout.js';
import type { RetrievalTask } from './retrieval-task.js';

/** A retrieval task that has a repository on the Hugging Face hub. */
export interface HubTask {
  /** As MTEB names it. */
  readonly name: string;
  /** As CoIR names it, where it is one of its tasks. */
  readonly coir: string | null;
  /** `owner/name` on the hub. */
  readonly repository: string;
  /** The commit that MTEB evaluates. */
  readonly revision: string;
  /** What is evaluated one by one, here programming languages; none where the task is one. */
  readonly subsets: readonly string[];
  /** The languages of MTEB's results, by subset, or of the whole. */
  readonly languages: readonly string[];
  readonly split: string;
}

const SIX = ['python', 'javascript', 'go', 'ruby', 'java', 'php'] as const;

const task = (
  name: string,
  coir: string | null,
  repository: string,
  revision: string,
  languages: readonly string[],
  subsets: readonly string[] = [],
): HubTask => ({ name, coir, repository, revision, subsets, languages, split: 'test' });

/**
 * The code retrieval tasks of CoIR and MTEB whose files are on the hub as corpus, queries and qrels.
 *
 * @see Li et al. (2024), CoIR; Muennighoff et al. (2023), MTEB.
 */
export const HUB_TASKS: readonly HubTask[] = [
  task('AppsRetrieval', 'apps', 'CoIR-Retrieval/apps', 'f22508f96b7a36c2415181ed8bb76f76e04ae2d5', [
    'eng-Latn',
    'python-Code',
  ]),
  task('CosQA', 'cosqa', 'CoIR-Retrieval/cosqa', 'bc5efb7e9d437246ce393ed19d772e08e4a79535', [
    'eng-Latn',
    'python-Code',
  ]),
  task(
    'SyntheticText2SQL',
    'synthetic-text2sql',
    'CoIR-Retrieval/synthetic-text2sql',
    '686b87296c3a0191b5d9415a00526c62db9fce09',
    ['eng-Latn', 'sql-Code'],
  ),
  task(
    'COIRCodeSearchNetRetrieval',
    'codesearchnet',
    'CoIR-Retrieval/CodeSearchNet',
    '4adc7bc41202b5c13543c9c886a25f340634dab3',
    [],
    SIX,
  ),
  task(
    'CodeSearchNetCCRetrieval',
    'codesearchnet-ccr',
    'CoIR-Retrieval/CodeSearchNet-ccr',
    '6e1effa2c03723c5fde48ee912b5ee08d4f211e8',
    [],
    SIX,
  ),
  task(
    'CodeTransOceanContest',
    'codetrans-contest',
    'CoIR-Retrieval/codetrans-contest',
    '20da4eb20a4b17300c0986ee148c90867a7f2a4d',
    ['python-Code', 'c++-Code'],
  ),
  task(
    'CodeTransOceanDL',
    'codetrans-dl',
    'CoIR-Retrieval/codetrans-dl',
    '281562cb8a1265ab5c0824bfa6ddcd9b0a15618f',
    ['python-Code'],
  ),
  task(
    'StackOverflowQA',
    'stackoverflow-qa',
    'mteb/StackOverflowQA',
    '7b46f5ebd2365278c1bb025986dda2fee893bbf5',
    ['eng-Latn'],
  ),
  task(
    'CodeFeedbackST',
    'codefeedback-st',
    'CoIR-Retrieval/codefeedback-st',
    'd213819e87aab9010628da8b73ab4eb337c89340',
    ['eng-Latn'],
  ),
  task(
    'CodeFeedbackMT',
    'codefeedback-mt',
    'CoIR-Retrieval/codefeedback-mt',
    'b0f12fa0c0dd67f59c95a5c33d02aeeb4c398c5f',
    ['eng-Latn'],
  ),
  task(
    'CodeSearchNetRetrieval',
    null,
    'mteb/CodeSearchNetRetrieval',
    '68e8f0731a656fa4bd5b7c81936d95ad48a39bfe',
    [],
    SIX,
  ),
  task(
    'SWEbenchCodeRetrieval',
    null,
    'embedding-benchmark/SWEbenchCodeRetrieval',
    '440b0e732b8d02c16df2c95352ab6770abe997da',
    ['eng-Latn', 'python-Code'],
  ),
  task(
    'HumanEvalRetrieval',
    null,
    'embedding-benchmark/HumanEval',
    'ed1f48aca747f10bac146795328e2f03326e7625',
    ['eng-Latn', 'python-Code'],
  ),
  task('MBPPRetrieval', null, 'embedding-benchmark/MBPP', '586a1fd6a0c63fdeda3b49c0293559a81c79cdec', [
    'eng-Latn',
    'python-Code',
  ]),
  task('DS1000Retrieval', null, 'embedding-benchmark/DS1000', '25cd4dc8172e799235d83c66439b6b7b8e6583ec', [
    'eng-Latn',
    'python-Code',
  ]),
  task(
    'WikiSQLRetrieval',
    null,
    'embedding-benchmark/WikiSQL_mteb',
    '4e099ab42dffd49d72c1472f451371e53343e3d7',
    ['eng-Latn', 'sql-Code'],
  ),
  task(
    'FreshStackRetrieval',
    null,
    'embedding-benchmark/FreshStack_mteb',
    '7a20df1abe4dafc46f93f9a7965bf9c6968bdf04',
    ['eng-Latn', 'python-Code', 'javascript-Code', 'go-Code'],
  ),
];

/** Which benchmark's names and protocol are meant. */
export type HubBenchmark = 'coir' | 'mteb';

/** The name of a task in a benchmark; null where it is none of its tasks. */
export const hubTaskName = (benchmark: HubBenchmark, { name, coir }: HubTask): string | null =>
  benchmark === 'coir' ? coir : name;

/**
 * A task of CoIR or MTEB by its name, in any case.
 *
 * @throws RangeError when there is no such task, with the nearest name.
 *
 * @example
 * ```ts
 * import { findHubTask } from 'oasis-embed/benchmarks';
 * console.log(findHubTask('coir', 'cosqa').repository); // CoIR-Retrieval/cosqa
 * ```
 */
export const findHubTask = (benchmark: HubBenchmark, name: string): HubTask => {
  const known = HUB_TASKS.flatMap((one) => {
    const own = hubTaskName(benchmark, one);
    return own === null ? [] : [{ one, own }];
  });
  const asked = name.toLowerCase();
  const found = known.find(({ own, one }) => own.toLowerCase() === asked || one.name.toLowerCase() === asked);
  if (found !== undefined) return found.one;
  const [nearest] = known
    .map(({ own }) => ({ own, distance: editDistance(asked, own.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const hint = nearest!.distance <= Math.max(2, name.length / 3) ? ` Did you mean ${nearest!.own}?` : '';
  throw new RangeError(
    `task must be one of ${known.map(({ own }) => own).join(', ')}, received ${name}.${hint}`,
  );
};

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false;

/**
 * Where a task lies below a folder of data sets: in a folder called as its repository or as the task, or in the hub's
 * cache.
 *
 * @returns Null where it is not there.
 */
export const hubTaskFolder = async (directory: string, one: HubTask): Promise<string | null> => {
  const [owner = '', repository = ''] = one.repository.split('/');
  const names = [
    one.repository,
    `${owner}__${repository}`,
    `${owner}--${repository}`,
    repository,
    one.name,
    ...(one.coir === null ? [] : [one.coir]),
  ];
  for (const name of names) {
    if (await isFolder(join(directory, name))) return join(directory, name);
  }
  const snapshots = join(directory, `datasets--${owner}--${repository}`, 'snapshots');
  const commits: readonly string[] = await readdir(snapshots).catch(() => []);
  const commit = commits.includes(one.revision)
    ? one.revision
    : commits.length === 1
      ? commits[0]
      : undefined;
  return commit === undefined ? null : join(snapshots, commit);
};

/** Whether a folder has all tables of some subsets of a task. */
export const hasHubTask = async (
  directory: string,
  { split }: Pick<HubTask, 'split'>,
  subsets: readonly (string | null)[],
): Promise<boolean> => {
  for (const subset of subsets) {
    const found = await findRetrievalTables(directory, { split, subset, advice: '' }).catch(() => null);
    if (found === null) return false;
  }
  return true;
};

/** Whose protocol a task of the hub is loaded by, and which split. */
export interface LoadHubTaskOptions extends LoadBeirOptions {
  /**
   * Whose protocol: CoIR leaves titles out and drops documents with the query's id; MTEB puts titles before the text and
   * keeps them.
   * @defaultValue 'mteb'
   */
  readonly protocol?: HubBenchmark;
}

const LOAD_HUB_TASK_OPTIONS: OptionNames<LoadHubTaskOptions> = {
  split: true,
  subset: true,
  ignoreIdenticalIds: true,
  titles: true,
  missingDocuments: true,
  protocol: true,
};

/**
 * A task of CoIR or MTEB from a folder downloaded from the hub: nDCG@10, by the protocol of either.
 *
 * @param directory The folder of the task's repository.
 * @throws MissingDataError when a table is missing.
 *
 * @example
 * ```ts
 * import { findHubTask, loadHubTask } from 'oasis-embed/benchmarks';
 * try {
 *   const task = await loadHubTask('data/cosqa', findHubTask('coir', 'cosqa'), { protocol: 'coir' });
 *   console.log(task.name);
 * } catch (error) {
 *   console.log((error as Error).message); // data/cosqa/corpus.jsonl is missing. Get …
 * }
 * ```
 */
export const loadHubTask = async (
  directory: string,
  one: Pick<HubTask, 'name' | 'coir' | 'split'>,
  options: LoadHubTaskOptions = {},
): Promise<RetrievalTask> => {
  checkOptions('loadHubTask', options, LOAD_HUB_TASK_OPTIONS);
  const { protocol = 'mteb', ...rest } = options;
  if (protocol !== 'coir' && protocol !== 'mteb') {
    throw new RangeError(`protocol must be coir or mteb, received ${String(protocol)}`);
  }
  const loaded = await loadBeir(directory, {
    split: one.split,
    titles: protocol === 'coir' ? 'omit' : 'join',
    ...(protocol === 'mteb' ? { ignoreIdenticalIds: false } : {}),
    ...rest,
  });
  const name = (protocol === 'coir' ? one.coir : null) ?? one.name;
  return { ...loaded, name: rest.subset === undefined ? name : `${name} ${rest.subset}` };
};
