import type { HubTask, PredictionKey, RetrievalTask } from 'oasis-embed/benchmarks';

export const BENCHMARKS = [
  'cosqa',
  'advtest',
  'codesearchnet',
  'code2code',
  'library-code',
  'poj104',
  'beir',
  'coir',
  'mteb',
  'webquery',
  'issue-to-function',
] as const;
export type BenchmarkName = (typeof BENCHMARKS)[number];

/** What decides which tasks are run, and how their files are read. */
export interface TaskOptions {
  readonly benchmark: BenchmarkName;
  /** Null where the files are downloaded. */
  readonly data: string | null;
  readonly download: boolean;
  /** Of coir and mteb, sets of library-code; the repository of a beir data set to download. */
  readonly taskNames: readonly string[];
  readonly languages: readonly string[];
  /** The language of the candidates of code2code; null for that of the queries. */
  readonly candidates: string | null;
  /** What becomes of comments in code2code. */
  readonly comments: 'published' | 'keep';
  readonly split: string;
  /** Whether documents whose id is the query's are left out, of beir, coir and mteb. */
  readonly identicalIds: 'auto' | 'drop' | 'keep';
  /** Whether titles stand before the texts, of beir, coir and mteb. */
  readonly titles: 'auto' | 'join' | 'omit';
  readonly missingDocuments: 'refuse' | 'miss';
}

/** A task as the command runs it. */
export interface ChosenTask {
  /** For names of files: `csn-python`. */
  readonly slug: string;
  readonly load: () => Promise<RetrievalTask>;
  /** The tasks that it consists of, where queries have candidates of their own; `load` gives an example of them. */
  readonly parts?: () => AsyncIterable<RetrievalTask>;
  readonly predictionKey: PredictionKey;
  /** Where its files are. */
  readonly folder: string;
  /** The programming language that it is about, for means; null where it is about none or several. */
  readonly language: string | null;
  /** Where it is a task of MTEB. */
  readonly hub: { readonly task: HubTask; readonly subset: string | null } | null;
}

/** @throws RangeError when a language is none of those that there are. */
export const chosenLanguages = <L extends string>(
  asked: readonly string[],
  known: readonly L[],
  benchmark: string,
): readonly L[] => {
  if (asked.length === 0) return known;
  return asked.map((language) => {
    const found = known.find((name) => name === language);
    if (found === undefined) {
      throw new RangeError(
        `--language of ${benchmark} must be one of ${known.join(', ')}, received ${language}`,
      );
    }
    return found;
  });
};

/** What {@link loadBeir} is told of the options. */
export const beirOptions = ({ identicalIds, titles, missingDocuments }: TaskOptions) => ({
  missingDocuments,
  ...(identicalIds === 'auto' ? {} : { ignoreIdenticalIds: identicalIds === 'drop' }),
  ...(titles === 'auto' ? {} : { titles }),
});
