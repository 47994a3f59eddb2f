import { checkOptions, checkWholeNumber, type OptionNames } from '../../numerics/index.js';
import { startWatch } from '../distance/call-limits.js';
import { type RatioNorm, ratioDivisor } from '../distance/tree-edit-ratio.js';
import { assertAllComparable, type FlatTree, type LabelMode, type NodeSelection } from '../tree/flat-tree.js';
import {
  type JoinPiece,
  type JoinSettings,
  NearTwinJoin,
  type NearTwinStatistics,
  type TwinPairs,
  type UndecidedPairs,
} from './near-twin-join.js';

/** How near two trees must be to count as twins. */
export interface NearTwinsOptions {
  /**
   * The largest `treeEditRatio` of a pair, in [0, 1]. Two random functions of a repository sit near 0.5 with the
   * `sum` norm: 0.2 is strict, 0.3 keeps about one pair in fifty.
   *
   * @defaultValue 0.2
   */
  readonly ratio?: number;
  /** @defaultValue 'sum' */
  readonly norm?: RatioNorm;
  /**
   * Trees with fewer nodes are ignored: tiny functions are near everything.
   *
   * @defaultValue 20
   */
  readonly minimumSize?: number;
  /**
   * Whether trees with syntax errors take part.
   *
   * @defaultValue false
   */
  readonly withErrors?: boolean;
  /**
   * Milliseconds for the distance of one pair; a pair that takes longer is reported in `undecided`. It makes the
   * result depend on the machine.
   *
   * @defaultValue Infinity
   */
  readonly pairTimeLimit?: number;
}

export const NEAR_TWINS_OPTIONS: OptionNames<NearTwinsOptions> = {
  ratio: true,
  norm: true,
  minimumSize: true,
  withErrors: true,
  pairTimeLimit: true,
};

/** Near twins and what the search for them did. */
export interface NearTwins extends TwinPairs {
  /**
   * Pairs that passed every filter and whose distance still could not be told, because both trees are so large and so
   * far apart that no table fits, or within `pairTimeLimit`. Empty for trees of ordinary functions.
   */
  readonly undecided: UndecidedPairs;
  readonly statistics: NearTwinStatistics;
  readonly settings: NearTwinSettings;
}

/** The settings that the pairs depend on, to be stored with them. */
export interface NearTwinSettings {
  readonly ratio: number;
  readonly norm: RatioNorm;
  readonly minimumSize: number;
  /** The labels and nodes of the trees compared; null when there were none. */
  readonly labelMode: LabelMode | null;
  readonly nodes: NodeSelection | null;
}

/**
 * Every pair of trees whose edit ratio is at most `ratio`, exactly, without computing most distances.
 *
 * A cascade of lower bounds (sizes, label histograms, preorder and postorder sequences) removes nearly all pairs;
 * the rest is trimmed of equal parts and measured by a bounded or the full kernel. Pairs come in the order of the
 * smaller tree's size, then of the larger's; equal sizes in the order of the trees given.
 *
 * @param trees Comparable trees: one vocabulary, one label mode.
 * @returns Parallel arrays of pairs, and how many pairs each filter let through.
 * @throws RangeError when `ratio` is outside [0, 1], `minimumSize` is no whole number or `pairTimeLimit` is negative;
 * TypeError when the trees are not comparable.
 * Time O(n²) cheap comparisons at worst and the kernel for what survives; memory O(nodes + pairs found).
 *
 * @example
 * ```ts
 * import { flattenObject, nearTwins } from 'oasis-embed';
 *
 * const list = (...labels: string[]) => flattenObject({ label: 'list', children: labels.map((label) => ({ label })) });
 * const trees = [list('a', 'b', 'c'), list('a', 'b', 'd'), list('x', 'y', 'z', 'z', 'z')];
 * const twins = nearTwins(trees, { ratio: 0.2, minimumSize: 1 });
 * console.log([...twins.left], [...twins.right], [...twins.ratios]); // [ 0 ] [ 1 ] [ 0.125 ]
 * ```
 */
export const nearTwins = (trees: readonly FlatTree[], options: NearTwinsOptions = {}): NearTwins => {
  checkOptions('nearTwins', options, NEAR_TWINS_OPTIONS);
  const plan = planJoin(trees, options);
  const piece = new NearTwinJoin(trees, plan).run(0, plan.order.length);
  const { left, right, distances, ratios, undecided } = piece;
  const statistics = addCounts(plan.statistics, piece);
  return { left, right, distances, ratios, undecided, statistics, settings: plan.settings };
};

/** What to join, and statistics with the trees counted but no pair yet. */
export interface JoinPlan extends JoinSettings {
  readonly statistics: NearTwinStatistics;
  readonly settings: NearTwinSettings;
}

export const planJoin = (trees: readonly FlatTree[], options: NearTwinsOptions): JoinPlan => {
  const {
    ratio = 0.2,
    norm = 'sum',
    minimumSize = 20,
    withErrors = false,
    pairTimeLimit = Number.POSITIVE_INFINITY,
  } = options;
  if (!(ratio >= 0 && ratio <= 1)) throw new RangeError(`ratio must be in [0, 1], received ${ratio}`);
  ratioDivisor(0, 0, norm);
  checkWholeNumber('minimumSize', minimumSize, 0);
  startWatch({ timeLimit: pairTimeLimit });
  assertAllComparable(trees);
  const chosen: number[] = [];
  let tooSmall = 0;
  let erroneous = 0;
  trees.forEach((tree, index) => {
    if (tree.size < minimumSize) tooSmall++;
    else if (tree.hasError && !withErrors) erroneous++;
    else chosen.push(index);
  });
  const order = Int32Array.from(chosen).sort((i, j) => trees[i]!.size - trees[j]!.size || i - j);
  return {
    order,
    ratio,
    norm,
    pairTimeLimit,
    settings: {
      ratio,
      norm,
      minimumSize,
      labelMode: trees[0]?.labelMode ?? null,
      nodes: trees[0]?.nodes ?? null,
    },
    statistics: {
      trees: order.length,
      tooSmall,
      withErrors: erroneous,
      pairs: 0,
      afterSize: 0,
      afterLabels: 0,
      afterPreorder: 0,
      afterPostorder: 0,
      twins: 0,
      undecided: 0,
    },
  };
};

/** Statistics with what a piece of the join counted added. */
export const addCounts = (statistics: NearTwinStatistics, piece: JoinPiece): NearTwinStatistics => ({
  ...statistics,
  pairs: statistics.pairs + piece.counts[4]!,
  afterSize: statistics.afterSize + piece.counts[0]!,
  afterLabels: statistics.afterLabels + piece.counts[1]!,
  afterPreorder: statistics.afterPreorder + piece.counts[2]!,
  afterPostorder: statistics.afterPostorder + piece.counts[3]!,
  twins: statistics.twins + piece.left.length,
  undecided: statistics.undecided + piece.undecided.left.length,
});
