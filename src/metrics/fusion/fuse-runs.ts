import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { Run } from '../evaluate-run.js';
import { compareCodePoints } from '../ranks/compare-code-points.js';
import { outerTable, rowOf } from '../scores-by-id.js';
import type { TrecTable } from '../trec-files.js';
import {
  bordaPoints,
  combineLists,
  condorcetPoints,
  FUSION_RULES,
  type FusionNumbers,
  type FusionRule,
} from './fusion-methods.js';
import {
  normalizeScores,
  type RankedList,
  SCORE_NORMALIZATIONS,
  type ScoreNormalization,
} from './normalize-scores.js';

/**
 * How several lists become one. With v the scores of a document in the lists that have it, n their number, w their weights,
 * and r its ranks there:
 *
 * By ranks: `rrf` Σ w/(k + r); `isr` n·Σ 1/r²; `log-isr` log n·Σ 1/r²; `logn-isr` log(n + σ)·Σ 1/r²; `rbc` Σ w(1 − φ)φ^(r − 1);
 * `borda` points for each place; `condorcet` the order that most lists prefer.
 *
 * By scores: `sum` Σ wv; `mnz` Σw·Σv; `gmnz` n^γ·Σv; `anz` Σv/n; `min`; `max`; `med`, the median; `mixed` √n·Σ wv.
 */
export type FusionMethod =
  | 'rrf'
  | 'sum'
  | 'mnz'
  | 'gmnz'
  | 'anz'
  | 'min'
  | 'max'
  | 'med'
  | 'mixed'
  | 'isr'
  | 'log-isr'
  | 'logn-isr'
  | 'rbc'
  | 'borda'
  | 'condorcet';

/** Which method fuses the runs, with its constants. */
export interface FuseRunsOptions extends FusionNumbers {
  /** @defaultValue 'rrf' */
  readonly method?: FusionMethod;
  /**
   * For the methods that go by scores.
   * @defaultValue 'min-max'
   */
  readonly normalization?: ScoreNormalization;
  /**
   * One for each run, at least 0: of `rrf`, `rbc`, `sum`, `mnz`, `mixed`, `borda` and `condorcet`.
   * @defaultValue 1 each
   */
  readonly weights?: readonly number[];
  /**
   * Documents kept for a query.
   * @defaultValue all
   */
  readonly depth?: number;
}

const FUSE_RUNS_OPTIONS: OptionNames<FuseRunsOptions> = {
  method: true,
  normalization: true,
  weights: true,
  depth: true,
  k: true,
  gamma: true,
  phi: true,
  sigma: true,
};

export const FUSION_METHODS: readonly FusionMethod[] = [
  ...(Object.keys(FUSION_RULES) as (keyof typeof FUSION_RULES)[]),
  'borda',
  'condorcet',
];

const ruleOf = (method: FusionMethod): Pick<FusionRule, 'by' | 'weighted'> =>
  method === 'borda' || method === 'condorcet' ? { by: 'ranks', weighted: true } : FUSION_RULES[method];

const BOUNDS: Readonly<Record<keyof FusionNumbers, readonly [number, number]>> = {
  k: [0, Number.MAX_VALUE],
  gamma: [-Number.MAX_VALUE, Number.MAX_VALUE],
  phi: [0, 1],
  sigma: [0, 1],
};

const check = (runs: readonly Run[], options: FuseRunsOptions): void => {
  checkOptions('fuseRuns', options, FUSE_RUNS_OPTIONS);
  const { method = 'rrf', normalization, weights, depth } = options;
  if (runs.length === 0) throw new RangeError('runs must hold at least one run, received 0');
  if (!FUSION_METHODS.includes(method)) {
    throw new RangeError(
      `method must be one of ${FUSION_METHODS.join(', ')}, received ${JSON.stringify(method)}`,
    );
  }
  if (normalization !== undefined && !SCORE_NORMALIZATIONS.includes(normalization)) {
    const known = SCORE_NORMALIZATIONS.join(', ');
    throw new RangeError(`normalization must be one of ${known}, received ${JSON.stringify(normalization)}`);
  }
  const { by, weighted } = ruleOf(method);
  if (by === 'ranks' && normalization !== undefined && normalization !== 'none') {
    throw new RangeError(
      `normalization must be left out: ${method} goes by ranks, received ${normalization}`,
    );
  }
  if (weights !== undefined) {
    if (!weighted) throw new RangeError(`weights must be left out: ${method} has none, received ${weights}`);
    if (weights.length !== runs.length) {
      throw new RangeError(
        `weights must have one number per run = [${runs.length}], received ${weights.length}`,
      );
    }
    weights.forEach((weight, i) => {
      if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
        throw new RangeError(`weights[${i}] must be finite and at least 0, received ${weight}`);
      }
    });
  }
  for (const [name, [low, high]] of Object.entries(BOUNDS)) {
    const value = options[name as keyof FusionNumbers];
    if (value !== undefined && !(value >= low && value <= high)) {
      const bounds = high === 1 ? `in [${low}, ${high}]` : low === 0 ? 'at least 0' : 'finite';
      throw new RangeError(`${name} must be ${bounds}, received ${value}`);
    }
  }
  if (depth !== undefined && !(Number.isInteger(depth) && depth >= 1)) {
    throw new RangeError(`depth must be a whole number of at least 1, received ${depth}`);
  }
};

/** Ties as trec_eval breaks them. */
const byScore = (a: readonly [string, number], b: readonly [string, number]): number =>
  b[1] - a[1] || compareCodePoints(b[0], a[0]);

const rankedList = (run: number, query: string, row: ReadonlyMap<string, number>): RankedList => {
  for (const [id, score] of row) {
    if (!Number.isFinite(score)) {
      throw new RangeError(
        `the score of query ${query} and document ${id} in runs[${run}] must be finite, received ${score}`,
      );
    }
  }
  return new Map([...row].sort(byScore));
};

/**
 * One run of several: rank fusion.
 *
 * A query or document that a run lacks has no vote from it. Equal scores stand by id, as trec_eval has them, in what is
 * given and in what comes out.
 *
 * @param runs Scores by query and document, each.
 * @returns Fused scores, best first; queries in the order in which the runs name them.
 * @throws TypeError for an unknown option.
 * @throws RangeError when an option is out of range, or a score is not finite (run, query and document named).
 *
 * Time O(n log n) in the documents of a query, times the number of runs; memory O(n).
 *
 * @example
 * ```ts
 * import { fuseRuns } from 'oasis-embed/metrics';
 * const words = { q1: { a: 12, b: 9 } };
 * const vectors = { q1: { b: 0.8, c: 0.7 } };
 * const fused = fuseRuns([words, vectors], { method: 'rrf' });
 * console.log([...fused.get('q1')!.keys()]); // ['b', 'a', 'c']
 * ```
 * @see Cormack, Clarke and Buettcher (2009), Reciprocal rank fusion outperforms Condorcet and individual rank learning methods.
 * @see Fox and Shaw (1993), Combination of multiple searches.
 */
export const fuseRuns = (runs: readonly Run[], options: FuseRunsOptions = {}): TrecTable => {
  check(runs, options);
  const { method = 'rrf', normalization = 'min-max', depth = Number.POSITIVE_INFINITY } = options;
  const { k = 60, gamma = 1, phi = 0.8, sigma = 0.01 } = options;
  const weights = options.weights ?? runs.map(() => 1);
  const tables = runs.map(outerTable);
  const fused: TrecTable = new Map();
  for (const query of new Set(tables.flatMap((table) => [...table.keys()]))) {
    const lists = tables.map((table, i) => {
      const row = table.get(query);
      return row === undefined ? new Map<string, number>() : rankedList(i, query, rowOf(row));
    });
    const candidates = new Set(lists.flatMap((list) => [...list.keys()]));
    const scores = (() => {
      if (method === 'borda') return bordaPoints(lists, candidates, weights);
      if (method === 'condorcet') {
        return condorcetPoints(lists, candidates, weights, (a, b) => compareCodePoints(b, a));
      }
      const rule: FusionRule = FUSION_RULES[method];
      const comparable =
        rule.by === 'ranks'
          ? lists
          : lists.map((list) => (list.size === 0 ? list : normalizeScores(list, normalization, candidates)));
      return combineLists(comparable, candidates, weights, rule, { k, gamma, phi, sigma });
    })();
    fused.set(query, new Map([...scores].sort(byScore).slice(0, depth)));
  }
  return fused;
};
