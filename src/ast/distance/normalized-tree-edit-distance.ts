import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { CALL_LIMITS, type CallLimits } from './call-limits.js';
import type { EditCosts } from './edit-costs.js';
import { treeEditDistance } from './tree-edit-distance.js';

/** What edits cost {@link normalizedTreeEditDistance}, and when it gives up. */
export interface NormalizedDistanceOptions extends CallLimits {
  /** What edits cost: a metric on labels, or the result is none. @defaultValue 1 each */
  readonly costs?: EditCosts;
  /**
   * The most that an insertion or a deletion can cost, α of the formula; the same for all trees that are compared.
   *
   * @defaultValue The larger of the two costs, where they are numbers
   */
  readonly largestCost?: number;
}

const NORMALIZED_DISTANCE_OPTIONS: OptionNames<NormalizedDistanceOptions> = {
  ...CALL_LIMITS,
  costs: true,
  largestCost: true,
};

/**
 * The tree edit distance normalized to [0, 1] such that it stays a metric: unlike `treeEditRatio` it keeps the triangle
 * inequality, so that indexes that rely on one (vantage-point trees, metric clustering) may use it.
 *
 *   d' = 2d / (α (|a| + |b|) + d)
 *
 * 0 for equal trees, two empty ones included; 1 only when one of the trees is empty.
 *
 * @returns The normalized distance, in [0, 1].
 * @throws As `treeEditDistance`; RangeError when insertions or deletions cost different amounts and `largestCost` is not
 * given, or is smaller than one of them.
 * Time and memory that of `treeEditDistance`.
 *
 * @example
 * ```ts
 * import { flattenObject, normalizedTreeEditDistance } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'f', children: [{ label: 'x' }] });
 * console.log(normalizedTreeEditDistance(a, b)); // 0.3333333333333333: 2 · 1 / (3 + 2 + 1)
 * ```
 * @see Li and Liu, "A normalized Levenshtein distance metric", IEEE TPAMI 29(6), 2007; Li and Zhang, "A metric
 * normalization of tree edit distance", Frontiers of Computer Science 5(1), 2011.
 */
export const normalizedTreeEditDistance = (
  a: FlatTree,
  b: FlatTree,
  options: NormalizedDistanceOptions = {},
): number => {
  checkOptions('normalizedTreeEditDistance', options, NORMALIZED_DISTANCE_OPTIONS);
  const { costs, largestCost, ...limits } = options;
  const alpha = largestCost ?? largestOf(costs ?? {});
  for (const name of ['insert', 'delete'] as const) {
    const cost = costs?.[name] ?? 1;
    if (typeof cost === 'number' && cost > alpha) {
      throw new RangeError(`largestCost must be at least costs.${name} = ${cost}, received ${alpha}`);
    }
  }
  const distance = treeEditDistance(a, b, costs, limits);
  return distance === 0 ? 0 : (2 * distance) / (alpha * (a.size + b.size) + distance);
};

const largestOf = ({ insert = 1, delete: remove = 1 }: EditCosts): number => {
  if (typeof insert !== 'number' || typeof remove !== 'number') {
    throw new RangeError('largestCost must be given with costs that are functions');
  }
  return Math.max(insert, remove);
};
