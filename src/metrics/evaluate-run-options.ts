import { checkOptions, type OptionNames } from '../numerics/index.js';
import { requireTieRule, type TieRule } from './ranks/tie-rule.js';

/**
 * Whose numbers an evaluation should agree with.
 *
 * - `trec_eval-9`, which pytrec_eval and ir_measures carry: only queries of both files (`missing: 'zero'` is its `-c`), a
 *   query without relevant documents counts as zero, scores are compared as float32. `trec_eval` is another name for it.
 * - `trec_eval-10`: the same with scores compared as float64.
 * - `beir`: `ndcg`, `map`, `recall` and `precision` as in `trec_eval-9`; `mrr`, `recall-cap` and `success` as in BEIR's own
 *   code, which counts every query of the qrels and keeps tied documents in the order of the run. Documents whose id is
 *   the query's are dropped from the run, and stay in the qrels.
 * - `sentence-transformers`: relevant or not, without grades; `map@k` divides by min(k, R).
 * - `codesearchnet`: `mrr` is `mrr@1000`; `ndcg` has the exponential gain.
 */
export type EvaluationProfile =
  | 'trec_eval'
  | 'trec_eval-9'
  | 'trec_eval-10'
  | 'beir'
  | 'sentence-transformers'
  | 'codesearchnet';

/** Where evaluation tools differ: ties, judgments that are missing, queries without an answer. */
export interface EvaluateRunOptions {
  /**
   * Agrees with another project's numbers: sets the defaults of the options below, and what a metric's name means.
   * @defaultValue none
   */
  readonly profile?: EvaluationProfile;
  /** @defaultValue 'trec' */
  readonly ties?: TieRule;
  /**
   * Whether a query of the qrels that the run lacks counts as zero or is left out.
   * @defaultValue 'zero'
   */
  readonly missing?: 'zero' | 'skip';
  /**
   * Whether a query without relevant documents is left out or counts as zero.
   * @defaultValue 'skip'
   */
  readonly withoutRelevant?: 'skip' | 'zero';
  /**
   * Whether to drop documents whose id is the query's: from the run and the qrels, or, as BEIR does, from the run alone.
   * @defaultValue false
   */
  readonly ignoreIdenticalIds?: boolean | 'run';
  /**
   * The precision in which scores are compared.
   * @defaultValue 'float64'
   */
  readonly scorePrecision?: 'float32' | 'float64';
  /**
   * Whether a relevant document counts with its grade or as 1.
   * @defaultValue 'graded'
   */
  readonly gains?: 'graded' | 'binary';
  /**
   * The least grade that counts as relevant for metrics that only know relevant or not: trec_eval's `-l`. `ndcg`,
   * `ndcg-exp` and `err` use every grade above 0.
   * @defaultValue every grade above 0
   */
  readonly relevanceLevel?: number;
}

/** The options without a profile, all of them decided but the level. */
export type EvaluationChoices = Required<Omit<EvaluateRunOptions, 'profile' | 'relevanceLevel'>> &
  Pick<EvaluateRunOptions, 'relevanceLevel'>;

export const DEFAULT_CHOICES: EvaluationChoices = {
  ties: 'trec',
  missing: 'zero',
  withoutRelevant: 'skip',
  ignoreIdenticalIds: false,
  scorePrecision: 'float64',
  gains: 'graded',
};

const VALUES = {
  missing: ['zero', 'skip'],
  withoutRelevant: ['skip', 'zero'],
  ignoreIdenticalIds: [true, false, 'run'],
  scorePrecision: ['float32', 'float64'],
  gains: ['graded', 'binary'],
} as const;

export const EVALUATE_RUN_OPTIONS: OptionNames<EvaluateRunOptions> = {
  profile: true,
  ties: true,
  missing: true,
  withoutRelevant: true,
  ignoreIdenticalIds: true,
  scorePrecision: true,
  gains: true,
  relevanceLevel: true,
};

/** @throws TypeError for an unknown option. @throws RangeError for an unknown value of one. */
export const checkEvaluateRunOptions = (options: EvaluateRunOptions): void => {
  checkOptions('evaluateRun', options, EVALUATE_RUN_OPTIONS);
  for (const [name, allowed] of Object.entries(VALUES)) {
    const value = options[name as keyof typeof VALUES];
    if (value === undefined || (allowed as readonly unknown[]).includes(value)) continue;
    throw new RangeError(`${name} must be ${allowed.join(' or ')}, received ${JSON.stringify(value)}`);
  }
  const { ties, relevanceLevel } = options;
  if (ties !== undefined) requireTieRule(ties);
  if (relevanceLevel !== undefined && !Number.isFinite(relevanceLevel)) {
    throw new RangeError(`relevanceLevel must be finite, received ${relevanceLevel}`);
  }
};
