import { abstentionAuc, type Measure, perQueryMeasure, type RelevantRanks } from '../metrics/index.js';
import { checkOptions } from '../numerics/index.js';
import type { QueryConfidence } from './query-confidence.js';

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
  /**
   * From `evaluateTask` with `confidence: true`.
   * @defaultValue none: the scores of abstention are left out
   */
  readonly confidence?: QueryConfidence;
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

/** Abstention is measured by all but `hit_rate`. */
const ABSTAINING = FAMILIES.slice(0, -1);

/** A query without a relevant document counts as 0, as in MTEB. */
const valuesOf = (ranks: RelevantRanks, measure: Measure): Float64Array =>
  perQueryMeasure(ranks, measure).map((value) => (Number.isNaN(value) ? 0 : value));

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const rounded = (value: number, digits = 5): number => Number(value.toFixed(digits));

/** Null where all queries have the same value: JSON has no NaN. */
const abstention = (confidences: Float64Array, values: Float64Array): number | null => {
  const auc = abstentionAuc(confidences, values);
  return Number.isNaN(auc) ? null : rounded(auc, 6);
};

const scoresOf = ({ ranks, subset, languages, confidence }: MtebSubset) => {
  const values = new Map(
    FAMILIES.flatMap(([name, family]) =>
      CUTOFFS.map((k) => [`${name}_at_${k}`, valuesOf(ranks, `${family}@${k}` as Measure)] as const),
    ),
  );
  // MTEB rounds all numbers to six digits when it writes them, and all means but those of MRR to five before.
  const means = Object.fromEntries(
    Array.from(values, ([name, row]) => [name, rounded(meanOf(row), name.startsWith('mrr') ? 6 : 5)]),
  );
  const naucs = ABSTAINING.flatMap(([name]) =>
    CUTOFFS.flatMap((k) =>
      Object.entries(confidence ?? {}).map(([sign, confidences]) => [
        `nauc_${name}_at_${k}_${sign}`,
        abstention(confidences, values.get(`${name}_at_${k}`)!),
      ]),
    ),
  );
  return {
    ...means,
    ...Object.fromEntries(naucs),
    accuracy: means.recall_at_1!,
    main_score: means.ndcg_at_10!,
    hf_subset: subset,
    languages: [...languages],
  };
};

/**
 * The result of a retrieval task in the form of MTEB's files, so that it can stand beside those of its boards: nDCG, MAP,
 * recall, precision, MRR and hit rate at its cutoffs, nDCG@10 as the main score, rounded as there. With `confidence`, the
 * normalized areas of abstention (`nauc_ndcg_at_10_max`) stand beside them, null where every query has the same value.
 *
 * Queries without a relevant document count as 0.
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
