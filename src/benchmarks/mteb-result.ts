import { type Measure, perQueryMeasure, type RelevantRanks } from '../metrics/index.js';
import { checkOptions } from '../numerics/index.js';

/** The cutoffs of MTEB's retrieval tasks. */
const CUTOFFS = [1, 3, 5, 10, 20, 100, 1000];

const FAMILIES: readonly (readonly [string, 'ndcg' | 'map' | 'recall' | 'precision' | 'mrr' | 'success'])[] =
  [
    ['ndcg', 'ndcg'],
    ['map', 'map'],
    ['recall', 'recall'],
    ['precision', 'precision'],
    ['mrr', 'mrr'],
    ['hit_rate', 'success'],
  ];

/** How a system did on a part of a task. */
export interface MtebSubset {
  /** `default` where the task has no parts. */
  readonly subset: string;
  /** Such as `python-Code`. */
  readonly languages: readonly string[];
  readonly ranks: RelevantRanks;
}

/** What a result in MTEB's form says beside the scores. */
export interface MtebResultOptions {
  /** As MTEB names it. */
  readonly task: string;
  /** The commit of the data set. */
  readonly revision: string;
  /** The parts, by split. */
  readonly splits: Readonly<Record<string, readonly MtebSubset[]>>;
  /** Seconds. */
  readonly seconds: number;
}

/** A file of MTEB's results; more keys stand beside `main_score` in each row of scores. */
export interface MtebResult {
  readonly dataset_revision: string;
  readonly task_name: string;
  /** Null: the numbers are not MTEB's own. */
  readonly mteb_version: null;
  readonly scores: Readonly<
    Record<string, readonly (Readonly<Record<string, unknown>> & { readonly main_score: number })[]>
  >;
  readonly evaluation_time: number;
  readonly kg_co2_emissions: null;
}

/** A query without a relevant document counts as 0, as in MTEB. */
const meanOf = (ranks: RelevantRanks, measure: Measure): number => {
  let sum = 0;
  for (const value of perQueryMeasure(ranks, measure)) if (!Number.isNaN(value)) sum += value;
  return sum / ranks.queries;
};

const rounded = (value: number): number => Number(value.toFixed(5));

const scoresOf = ({ ranks, subset, languages }: MtebSubset) => {
  const names = FAMILIES.flatMap(([name, family]) =>
    CUTOFFS.map((cutoff) => [`${name}_at_${cutoff}`, `${family}@${cutoff}` as Measure] as const),
  );
  const scores = Object.fromEntries(names.map(([name, measure]) => [name, rounded(meanOf(ranks, measure))]));
  return {
    ...scores,
    accuracy: scores.recall_at_1!,
    main_score: scores.ndcg_at_10!,
    hf_subset: subset,
    languages: [...languages],
  };
};

/**
 * The result of a retrieval task in the form of MTEB's files, so that it can stand beside those of its boards: nDCG, MAP,
 * recall, precision, MRR and hit rate at its cutoffs, nDCG@10 as the main score, rounded to five digits as there.
 *
 * Queries without a relevant document count as 0. The measures of abstention (`nauc_…`) are left out: they need every
 * score of the first thousand documents.
 *
 * @example
 * ```ts
 * import { mtebResult } from 'oasis-embed/benchmarks';
 * import { relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 1]);
 * const languages = ['eng-Latn', 'python-Code'];
 * const splits = { test: [{ subset: 'default', languages, ranks }] };
 * const { scores } = mtebResult({ task: 'CosQA', revision: 'bc5efb7e', splits, seconds: 2 });
 * console.log(scores.test![0]!.main_score); // 0.81546
 * ```
 * @see https://docs.mteb.org
 */
export const mtebResult = (options: MtebResultOptions): MtebResult => {
  checkOptions('mtebResult', options, { task: true, revision: true, splits: true, seconds: true });
  const { task, revision, splits, seconds } = options;
  return {
    dataset_revision: revision,
    task_name: task,
    mteb_version: null,
    scores: Object.fromEntries(
      Object.entries(splits).map(([split, subsets]) => [split, subsets.map(scoresOf)]),
    ),
    evaluation_time: seconds,
    kg_co2_emissions: null,
  };
};
