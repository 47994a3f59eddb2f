import { LARGEST_SIMILARITY } from '../annotation/index.js';
import { checkOptions, type LabeledPairs, type OptionNames } from '../numerics/index.js';
import { checkLabeledPairs } from './check-labeled-pairs.js';
import { type SuspectRuleName, suspectRuleNames } from './find-suspects.js';
import type { JudgeOutcome } from './judge.js';
import type { Verdicts } from './judge-suspects.js';

/** What happened to one suspected label and why. */
export interface LabelRecord {
  /** Index of the pair. */
  readonly pair: number;
  readonly before: number;
  readonly after: number;
  /** The rules that suspected it. */
  readonly rules: readonly SuspectRuleName[];
  readonly verdict: JudgeOutcome;
  readonly judge: string;
  readonly note: string | null;
  /** The tree edit ratio, or null where the tree rule did not hold. */
  readonly treeRatio: number | null;
}

/** Options of {@link raiseSimilarities}. */
export interface RaiseSimilaritiesOptions {
  /** Added to the similarity of a pair whose candidate won, above 0 and below 1. @defaultValue 0.05 */
  readonly deltaS?: number;
}

/** New similarities and the record of every suspect. */
export interface RefinedSimilarities {
  /** [P], in [0, 1). */
  readonly similarity: Float32Array;
  /** One for each label that changed, in the order of pairs. */
  readonly changes: readonly LabelRecord[];
  /** One for each suspect, changed or not, in the order of pairs. */
  readonly records: readonly LabelRecord[];
}

const RAISE_SIMILARITIES_OPTIONS: OptionNames<RaiseSimilaritiesOptions> = { deltaS: true };

/**
 * Raises the similarity of every suspect that the judge found to answer the query.
 *
 * s′ = min(s + Δs, 1 − 2⁻²⁴) if the verdict is `raise`; every other label is unchanged, bit for bit.
 *
 * @param pairs [P] each; left untouched.
 * @param verdicts From `judgeSuspects`.
 * @returns New similarities [P] and the records.
 * @throws RangeError when `deltaS` is outside (0, 1) or a suspect points outside the pairs.
 *
 * Time and memory O(P + S).
 *
 * @example
 * ```ts
 * import { findSuspects, judgeSuspects, raiseSimilarities } from 'oasis-embed/refinement';
 * const pairs = { query: [0, 0], document: [0, 1], similarity: [0.4, 0.5], positive: [1, 0] };
 * const judge = { name: 'yes', decide: async () => ({ outcome: 'raise' as const, note: null }) };
 * const context = { pairs, queries: ['q'], documents: ['a', 'b'] };
 * const verdicts = await judgeSuspects(findSuspects(pairs), judge, context);
 * const { similarity, changes } = raiseSimilarities(pairs, verdicts, { deltaS: 0.05 });
 * console.log(similarity[1]?.toFixed(2), changes[0]?.rules); // 0.55, ['aboveOwnPositive']
 * ```
 *
 * @see OASIS (arXiv 2503.08161): the figure shows 0.50 raised to 0.55.
 */
export const raiseSimilarities = (
  pairs: LabeledPairs,
  verdicts: Verdicts,
  options: RaiseSimilaritiesOptions = {},
): RefinedSimilarities => {
  checkOptions('raiseSimilarities', options, RAISE_SIMILARITIES_OPTIONS);
  const { deltaS = 0.05 } = options;
  if (!(deltaS > 0 && deltaS < 1)) throw new RangeError(`deltaS must be in (0, 1), received ${deltaS}`);
  checkLabeledPairs(pairs);
  const { suspects } = verdicts;
  const similarity = Float32Array.from(pairs.similarity);
  const records: LabelRecord[] = [];
  for (let i = 0; i < suspects.pair.length; i++) {
    const pair = suspects.pair[i]!;
    const before = pairs.similarity[pair];
    if (before === undefined) {
      throw new RangeError(`suspects.pair[${i}] must be in [0, ${pairs.query.length}), received ${pair}`);
    }
    const verdict = verdicts.outcomes[i]!;
    if (verdict === 'raise') similarity[pair] = Math.min(before + deltaS, LARGEST_SIMILARITY);
    const ratio = suspects.treeRatio[i]!;
    records.push({
      pair,
      before,
      after: similarity[pair]!,
      rules: suspectRuleNames(suspects.rules[i]!),
      verdict,
      judge: verdicts.judge,
      note: verdicts.notes[i]!,
      treeRatio: Number.isNaN(ratio) ? null : ratio,
    });
  }
  return { similarity, records, changes: records.filter(({ verdict }) => verdict === 'raise') };
};
