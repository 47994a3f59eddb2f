import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import { evaluateRun, type Qrels, type Run } from './evaluate-run.js';
import { EVALUATE_RUN_OPTIONS, type EvaluateRunOptions } from './evaluate-run-options.js';
import { parseMeasure } from './measures/parse-measure.js';
import { pairedTTest } from './paired-t-test.js';
import { outerTable } from './scores-by-id.js';
import { bootstrapIntervals, holmCorrection, pairedRandomizationTest } from './significance.js';

/** A run with the name that results carry. */
export interface NamedRun {
  readonly name: string;
  readonly run: Run;
}

/** Which runs are compared, by which tests, and how p-values are corrected. */
export interface CompareRunsOptions extends Omit<EvaluateRunOptions, 'missing'> {
  /**
   * Whether every run is held against the first, or against every run before it.
   * @defaultValue 'first'
   */
  readonly against?: 'first' | 'all';
  /**
   * The paired test of a difference.
   * @defaultValue 'randomization'
   */
  readonly test?: 'randomization' | 't-test';
  /**
   * What happens where a run lacks queries of the qrels: an error, a value of zero, or only queries that all runs have.
   * @defaultValue 'refuse'
   */
  readonly missing?: 'refuse' | 'zero' | 'shared';
  /**
   * Of the randomization test.
   * @defaultValue 10000
   */
  readonly permutations?: number;
  /**
   * Of the intervals.
   * @defaultValue 10000
   */
  readonly resamples?: number;
  /**
   * The share of the intervals that hold the true mean.
   * @defaultValue 0.95
   */
  readonly level?: number;
  /** @defaultValue 0 */
  readonly seed?: number;
}

const COMPARE_RUNS_OPTIONS: OptionNames<CompareRunsOptions> = {
  ...EVALUATE_RUN_OPTIONS,
  against: true,
  test: true,
  missing: true,
  permutations: true,
  resamples: true,
  level: true,
  seed: true,
};

/** A mean with its bootstrap interval. */
export interface ComparedMean {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface ComparedRun<M extends string = string> {
  readonly name: string;
  readonly measures: Readonly<Record<M, ComparedMean>>;
  /** Queries of the qrels that the run lacks. */
  readonly missing: readonly string[];
  /** Queries of the run that the qrels lack: they are not evaluated. */
  readonly unjudged: number;
}

/** One run against another on one measure, over the same queries. */
export interface RunDifference<M extends string = string> {
  readonly measure: M;
  readonly name: string;
  readonly against: string;
  /** The mean of the run's values less the other's, with its bootstrap interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Cohen's d of paired values: the mean difference over the standard deviation of the differences; 0 where there are none. */
  readonly effectSize: number;
  /** How many queries the run does better, worse and equally well on. */
  readonly better: number;
  readonly worse: number;
  readonly equal: number;
  /** Two-sided. */
  readonly pValue: number;
  /** Holm-corrected over all differences of the comparison. */
  readonly adjustedPValue: number;
}

export interface RunComparison<M extends string = string> {
  readonly measures: readonly M[];
  readonly test: 'randomization' | 't-test';
  readonly level: number;
  /** The queries compared; a measure may leave some of them out. */
  readonly queryIds: readonly string[];
  readonly runs: readonly ComparedRun<M>[];
  readonly differences: readonly RunDifference<M>[];
}

const few = (ids: readonly string[]): string =>
  ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 3).join(', ')}, …`;

const check = (runs: readonly NamedRun[], measures: readonly string[], options: CompareRunsOptions): void => {
  checkOptions('compareRuns', options, COMPARE_RUNS_OPTIONS);
  const choices = {
    against: ['first', 'all'],
    test: ['randomization', 't-test'],
    missing: ['refuse', 'zero', 'shared'],
  } as const;
  for (const [name, allowed] of Object.entries(choices)) {
    const value = options[name as keyof typeof choices];
    if (value === undefined || (allowed as readonly string[]).includes(value)) continue;
    throw new RangeError(`${name} must be ${allowed.join(' or ')}, received ${JSON.stringify(value)}`);
  }
  for (const name of ['permutations', 'resamples'] as const) {
    if (options[name] !== undefined) checkPositiveInteger(name, options[name]);
  }
  if (runs.length === 0) throw new RangeError('runs must hold at least one run, received 0');
  if (measures.length === 0) throw new RangeError('measures must hold at least one measure, received 0');
  const names = runs.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`the names of runs must differ, received ${twice} twice`);
  for (const measure of measures) {
    if (parseMeasure(measure).mean !== 'geometric') continue;
    throw new RangeError(`measure must be a mean over queries to be compared, received ${measure}`);
  }
};

/** @throws RangeError where runs and qrels have too little in common to be compared. */
const queriesOf = (
  runs: readonly NamedRun[],
  qrels: Qrels,
  missing: CompareRunsOptions['missing'] = 'refuse',
): ReadonlySet<string> => {
  const judged = [...outerTable(qrels).keys()];
  if (judged.length === 0) throw new RangeError('qrels must hold at least one query, received 0');
  const tables = runs.map(({ run }) => outerTable(run));
  tables.forEach((table, i) => {
    const { name } = runs[i]!;
    const lacking = judged.filter((query) => !table.has(query));
    if (lacking.length === judged.length) {
      const own = few([...table.keys()]) || 'none';
      throw new RangeError(
        `${name} must have queries of the qrels (${few(judged)}), received others (${own}): do the files belong together?`,
      );
    }
    if (missing === 'refuse' && lacking.length > 0) {
      throw new RangeError(
        `${name} must have every query of the qrels, received ${judged.length - lacking.length} of ${judged.length}: ` +
          `${few(lacking)} missing; choose with missing whether they count as zero or only shared queries are compared`,
      );
    }
  });
  const shared =
    missing === 'shared' ? judged.filter((query) => tables.every((table) => table.has(query))) : judged;
  if (shared.length === 0) throw new RangeError('runs must share a query of the qrels, received none');
  return new Set(shared);
};

/**
 * Compares runs on the same queries: means with bootstrap intervals, and for each difference its interval, effect size,
 * paired test and Holm's correction.
 *
 * Queries without relevant documents are left out, as `evaluateRun` does by default. All intervals are percentile
 * bootstrap intervals over queries, drawn together.
 *
 * @param runs The first is the one the others are held against.
 * @param qrels Grades by query and document.
 * @param measures In any spelling that `evaluateRun` knows.
 * @param compareOptions Those of `evaluateRun`, the test, what happens to missing queries.
 * @throws TypeError for an unknown option.
 * @throws RangeError as `evaluateRun` does; when a run lacks queries of the qrels and `missing` does not say what then; when
 * names repeat; when a measure is no mean over queries (`gm-map`), or leaves no query; with one query and the t-test.
 *
 * Time O((permutations + resamples)·Q) for each difference beside the evaluation; memory O(Q + resamples) for each column.
 *
 * @example
 * ```ts
 * import { compareRuns } from 'oasis-embed/metrics';
 * const qrels = { q1: { a: 1 }, q2: { b: 1 }, q3: { c: 1 } };
 * const words = { q1: { x: 2, a: 1 }, q2: { x: 2, b: 1 }, q3: { c: 1 } };
 * const vectors = { q1: { a: 1 }, q2: { b: 1 }, q3: { c: 1 } };
 * const runs = [{ name: 'words', run: words }, { name: 'vectors', run: vectors }];
 * const { differences } = compareRuns(runs, qrels, ['mrr']);
 * console.log(differences[0]!.difference.toFixed(3), differences[0]!.pValue); // 0.333 0.5
 * ```
 * @see Sakai (2018), Laboratory experiments in information retrieval: sample sizes, effect sizes, and statistical power.
 */
export const compareRuns = <M extends string>(
  runs: readonly NamedRun[],
  qrels: Qrels,
  measures: readonly M[],
  compareOptions: CompareRunsOptions = {},
): RunComparison<M> => {
  check(runs, measures, compareOptions);
  const { against = 'first', test = 'randomization', missing, ...rest } = compareOptions;
  const { permutations = 10_000, resamples = 10_000, level = 0.95, seed = 0, ...evaluateOptions } = rest;
  const queries = queriesOf(runs, qrels, missing);
  const judged = new Map([...outerTable(qrels)].filter(([query]) => queries.has(query))) as Qrels;
  const evaluations = runs.map(({ run }) =>
    evaluateRun(run, judged, measures, { ...evaluateOptions, missing: 'zero' }),
  );
  const pairs = runs.flatMap((_, i) =>
    i === 0 ? [] : against === 'first' ? [[i, 0]] : Array.from({ length: i }, (_, j) => [i, j]),
  );
  const all = new Set(outerTable(qrels).keys());
  const means = runs.map((): Partial<Record<M, ComparedMean>> => ({}));
  const untested: Omit<RunDifference<M>, 'adjustedPValue'>[] = [];
  const compared = new Set<string>();
  for (const measure of measures) {
    const values = evaluations.map(
      ({ queryIds, perQuery }) =>
        new Map(
          queryIds.flatMap((id, q) => {
            const value = perQuery[measure][q]!;
            return Number.isNaN(value) ? [] : [[id, value] as const];
          }),
        ),
    );
    const ids = [...values[0]!.keys()].filter((id) => values.every((column) => column.has(id)));
    if (ids.length === 0) {
      throw new RangeError(`qrels must have a query with a relevant document for ${measure}, received none`);
    }
    for (const id of ids) compared.add(id);
    const columns = values.map((column) => Float64Array.from(ids, (id) => column.get(id)!));
    const leads = pairs.map(([i, j]) => columns[i!]!.map((value, q) => value - columns[j!]![q]!));
    const intervals = bootstrapIntervals([...columns, ...leads], { level, resamples, seed });
    runs.forEach((_, i) => {
      means[i]![measure] = intervals[i]!;
    });
    pairs.forEach(([i, j], p) => {
      const lead = leads[p]!;
      const { mean, low, high } = intervals[runs.length + p]!;
      const { pValue } =
        test === 't-test'
          ? pairedTTest(columns[i!]!, columns[j!]!)
          : pairedRandomizationTest(columns[i!]!, columns[j!]!, { permutations, seed });
      untested.push({
        measure,
        name: runs[i!]!.name,
        against: runs[j!]!.name,
        difference: mean,
        low,
        high,
        effectSize: effectSizeOf(lead, mean),
        better: lead.filter((value) => value > 0).length,
        worse: lead.filter((value) => value < 0).length,
        equal: lead.filter((value) => value === 0).length,
        pValue,
      });
    });
  }
  const adjusted = holmCorrection(untested.map(({ pValue }) => pValue));
  return {
    measures,
    test,
    level,
    queryIds: [...queries].filter((query) => compared.has(query)),
    runs: runs.map(({ name, run }, i) => ({
      name,
      measures: means[i] as Record<M, ComparedMean>,
      missing: [...all].filter((query) => !outerTable(run).has(query)),
      unjudged: [...outerTable(run).keys()].filter((query) => !all.has(query)).length,
    })),
    differences: untested.map((difference, i) => ({ ...difference, adjustedPValue: adjusted[i]! })),
  };
};

const effectSizeOf = (differences: Float64Array, mean: number): number => {
  if (mean === 0) return 0;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return mean / Math.sqrt(squares / (differences.length - 1));
};
