import { checkOptions, type LabeledPairs, type OptionNames } from '../numerics/index.js';
import { checkLabeledPairs, positivesByQuery } from './check-labeled-pairs.js';
import {
  createTreeProximity,
  type TreeProximityOptions,
  type TreeProximityStatistics,
} from './tree-proximity.js';

/** Why a negative is suspected, as bits of a mask. */
export const SuspectRule = {
  /** Its similarity is above the mixture's threshold s*. */
  threshold: 1,
  /** Its similarity is above that of its query's positive. */
  aboveOwnPositive: 2,
  /** Its tree is close to that of its query's positive. */
  tree: 4,
} as const;

export type SuspectRuleName = keyof typeof SuspectRule;

/**
 * The names of the rules in a mask, in the order threshold, aboveOwnPositive, tree.
 *
 * @example
 * ```ts
 * import { SuspectRule, suspectRuleNames } from 'oasis-embed/refinement';
 * console.log(suspectRuleNames(SuspectRule.tree | SuspectRule.threshold)); // [ 'threshold', 'tree' ]
 * ```
 */
export const suspectRuleNames = (mask: number): SuspectRuleName[] =>
  (Object.keys(SuspectRule) as SuspectRuleName[]).filter((name) => (mask & SuspectRule[name]) !== 0);

/** Stands for "none" in `Suspects.positive`. */
export const NO_PAIR = 0xffffffff;

/** Options of {@link findSuspects}. */
export interface FindSuspectsOptions extends Partial<TreeProximityOptions> {
  /** The mixture's s*: a negative above it is suspected. @defaultValue null, the rule is off */
  readonly threshold?: number | null;
  /** Suspect a negative more similar than its query's positive. @defaultValue true */
  readonly aboveOwnPositive?: boolean;
}

/** Suspected negatives, in the order of their pairs, as parallel arrays of one length S. */
export interface Suspects {
  /** [S], index of the pair, ascending. */
  readonly pair: Uint32Array;
  /** [S], bits of {@link SuspectRule}. */
  readonly rules: Uint8Array;
  /** [S], the tree edit ratio d / (n₁ + n₂) to the positive where the tree rule holds, else NaN. */
  readonly treeRatio: Float32Array;
  /** [S], index of the positive pair the suspect is held against, or {@link NO_PAIR}. */
  readonly positive: Uint32Array;
  readonly statistics: SuspectStatistics;
}

/** How many pairs were looked at and what the tree rule's filters removed. */
export interface SuspectStatistics {
  readonly negatives: number;
  /** Negatives whose query has no positive. */
  readonly withoutPositive: number;
  /** Suspects by each rule; one suspect may count under several. */
  readonly byRule: Readonly<Record<SuspectRuleName, number>>;
  /** Null when the tree rule is off. */
  readonly trees: Readonly<TreeProximityStatistics> | null;
}

const FIND_SUSPECTS_OPTIONS: OptionNames<FindSuspectsOptions> = {
  threshold: true,
  aboveOwnPositive: true,
  trees: true,
  treeRatio: true,
  minTreeNodes: true,
  maxTokenJaccard: true,
  tokens: true,
};

/**
 * Finds negatives that may answer their query after all.
 *
 * A negative is suspected when s > s* (threshold), when s > s⁺ with s⁺ the largest similarity of its query's
 * positives (above own positive), or when TED(A, F) / (|A| + |F|) ≤ treeRatio with A the tree of a positive's
 * document and F its own (tree), optionally only if their token sets are apart. Positives are never suspected.
 * Equal similarities are not "above". No pairs give no suspects.
 *
 * @param pairs [P] each.
 * @param options Rules and their limits; the tree rule is on when `trees` is given.
 * @returns Parallel arrays [S] and what each filter removed.
 * @throws RangeError when arrays differ in length, a similarity is outside [0, 1], or a limit is outside its
 * range.
 *
 * Time O(P) and one bounded edit distance for each distinct pair of documents whose sizes allow the ratio;
 * memory O(P).
 *
 * @example
 * ```ts
 * import { findSuspects, suspectRuleNames } from 'oasis-embed/refinement';
 * const suspects = findSuspects(
 *   { query: [0, 0, 0], document: [0, 1, 2], similarity: [0.6, 0.7, 0.2], positive: [1, 0, 0] },
 *   { threshold: 0.65 },
 * );
 * console.log(suspects.pair, suspectRuleNames(suspects.rules[0]!)); // [1], ['threshold', 'aboveOwnPositive']
 * ```
 *
 * @see OASIS (arXiv 2503.08161), the refinement step.
 */
export const findSuspects = (pairs: LabeledPairs, options: FindSuspectsOptions = {}): Suspects => {
  checkOptions('findSuspects', options, FIND_SUSPECTS_OPTIONS);
  const { threshold = null, aboveOwnPositive = true, trees } = options;
  checkLabeledPairs(pairs);
  if (threshold !== null && !Number.isFinite(threshold)) {
    throw new RangeError(`threshold must be a finite number or null, received ${threshold}`);
  }
  const proximity = trees === undefined ? null : createTreeProximity({ ...options, trees });
  const positives = positivesByQuery(pairs);
  const found = {
    pair: [] as number[],
    rules: [] as number[],
    ratio: [] as number[],
    positive: [] as number[],
  };
  const byRule = { threshold: 0, aboveOwnPositive: 0, tree: 0 };
  let negatives = 0;
  let withoutPositive = 0;

  for (let pair = 0; pair < pairs.query.length; pair++) {
    if (pairs.positive[pair]) continue;
    negatives++;
    const own = positives.of(pairs.query[pair]!);
    if (own.length === 0) withoutPositive++;
    const similarity = pairs.similarity[pair]!;
    let rules = 0;
    let against = own[0] ?? NO_PAIR;
    let ratio = Number.NaN;
    if (threshold !== null && similarity > threshold) rules |= SuspectRule.threshold;
    if (aboveOwnPositive && own.length > 0 && similarity > pairs.similarity[own[0]!]!) {
      rules |= SuspectRule.aboveOwnPositive;
    }
    if (proximity !== null) {
      for (const positive of own) {
        const value = proximity.ratio(pairs.document[positive]!, pairs.document[pair]!);
        if (Number.isNaN(value) || value >= ratio) continue;
        ratio = value;
        against = positive;
        rules |= SuspectRule.tree;
      }
    }
    if (rules === 0) continue;
    for (const name of suspectRuleNames(rules)) byRule[name]++;
    found.pair.push(pair);
    found.rules.push(rules);
    found.ratio.push(ratio);
    found.positive.push(against);
  }
  return {
    pair: Uint32Array.from(found.pair),
    rules: Uint8Array.from(found.rules),
    treeRatio: Float32Array.from(found.ratio),
    positive: Uint32Array.from(found.positive),
    statistics: { negatives, withoutPositive, byRule, trees: proximity?.statistics ?? null },
  };
};
