import { boundedUnitDistance, UndecidedDistanceError } from '../distance/bounded-distance.js';
import { startWatch } from '../distance/call-limits.js';
import { createPattern, patternDistance, setPattern } from '../distance/string-edit-distance.js';
import { releaseLargeTables } from '../distance/table-memory.js';
import { distanceLimit, type RatioNorm } from '../distance/tree-edit-ratio.js';
import { type FlatTree, maximumTreeSize } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';

/** How many pairs each filter of the cascade received and passed on. */
export interface NearTwinStatistics {
  /** Trees compared. */
  readonly trees: number;
  /** Trees left out: smaller than `minimumSize`. */
  readonly tooSmall: number;
  /** Trees left out: flagged with a syntax error. */
  readonly withErrors: number;
  /** Pairs of compared trees. */
  readonly pairs: number;
  /** Pairs whose sizes are close enough. */
  readonly afterSize: number;
  /** Of those, pairs whose label histograms are. */
  readonly afterLabels: number;
  /** Of those, pairs whose preorder sequences are. */
  readonly afterPreorder: number;
  /** Of those, pairs whose postorder sequences are: their distance is computed. */
  readonly afterPostorder: number;
  /** Pairs at or below the ratio. */
  readonly twins: number;
  /** Pairs whose distance could not be told: see `NearTwins.undecided`. */
  readonly undecided: number;
}

/** Pairs as parallel arrays of indices into the trees given, `left < right`. */
export interface TwinPairs {
  readonly left: Int32Array;
  readonly right: Int32Array;
  readonly distances: Int32Array;
  readonly ratios: Float64Array;
}

/** Pairs that a join could not decide, as parallel arrays of indices into the trees given, `left < right`. */
export interface UndecidedPairs {
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** What each pair's distance is at least. */
  readonly atLeast: Int32Array;
}

/** What a piece of the join counts and finds. */
export interface JoinPiece extends TwinPairs {
  readonly undecided: UndecidedPairs;
  /** afterSize, afterLabels, afterPreorder, afterPostorder, and all pairs of the rows. */
  readonly counts: Float64Array;
}

export interface JoinSettings {
  /** The trees to compare, as indices into the trees given, ascending by size, then by index. */
  readonly order: Int32Array;
  readonly ratio: number;
  readonly norm: RatioNorm;
  /** Milliseconds. */
  readonly pairTimeLimit: number;
}

/**
 * The join of many trees with themselves by a cascade of ever dearer lower bounds: sizes, label histograms, pre-
 * and postorder sequences, and the distance itself for what is left. Every bound is exact, so nothing is lost.
 *
 * A row is a tree in order of size, and its pairs are those with the trees after it.
 */
export class NearTwinJoin {
  readonly rows: number;
  readonly #trees: readonly FlatTree[];
  readonly #order: Int32Array;
  readonly #norm: RatioNorm;
  readonly #pairTimeLimit: number;
  /** The largest distance in reach, by what it is divided by. */
  readonly #limits: Int32Array;
  readonly #sizes: Int32Array;
  readonly #histogramStarts: Int32Array;
  readonly #histogramLabels: Int32Array;
  readonly #histogramCounts: Int32Array;
  readonly #counts: Int32Array;

  constructor(trees: readonly FlatTree[], { order, ratio, norm, pairTimeLimit }: JoinSettings) {
    this.#pairTimeLimit = pairTimeLimit;
    this.#trees = trees;
    this.#order = order;
    this.#norm = norm;
    this.rows = order.length;
    this.#sizes = Int32Array.from(order, (index) => trees[index]!.size);
    const largest = this.#sizes.at(-1) ?? 0;
    if (largest > maximumTreeSize) throw new RangeError(`trees must have at most ${maximumTreeSize} nodes`);
    this.#limits = Int32Array.from({ length: (norm === 'sum' ? 2 : 1) * largest + 1 }, (_, divisor) =>
      divisor === 0 ? 0 : distanceLimit(ratio, divisor),
    );

    this.#histogramStarts = new Int32Array(this.rows + 1);
    let entries = 0;
    order.forEach((index, row) => {
      entries += prepareTree(trees[index]!).distinctLabels.length;
      this.#histogramStarts[row + 1] = entries;
    });
    this.#histogramLabels = new Int32Array(entries);
    this.#histogramCounts = new Int32Array(entries);
    let largestLabel = 0;
    order.forEach((index, row) => {
      const { distinctLabels, labelCounts } = prepareTree(trees[index]!);
      // Frequent labels first: a difference shows soonest there.
      const places = Array.from(distinctLabels.keys()).sort(
        (i, j) => labelCounts[j]! - labelCounts[i]! || i - j,
      );
      places.forEach((place, k) => {
        const at = this.#histogramStarts[row]! + k;
        this.#histogramLabels[at] = distinctLabels[place]!;
        this.#histogramCounts[at] = labelCounts[place]!;
        largestLabel = Math.max(largestLabel, distinctLabels[place]!);
      });
    });
    this.#counts = new Int32Array(largestLabel + 1);
  }

  /** Pairs of the rows `from … to − 1`, all of them whatever their size. */
  pairsOfRows(from: number, to: number): number {
    let pairs = 0;
    for (let row = from; row < to; row++) pairs += this.rows - 1 - row;
    return pairs;
  }

  /** Joins the rows `from … to − 1` with all rows after each. */
  run(from: number, to: number): JoinPiece {
    const left: number[] = [];
    const right: number[] = [];
    const distances: number[] = [];
    const ratios: number[] = [];
    const undecided = { left: [] as number[], right: [] as number[], atLeast: [] as number[] };
    const counts = new Float64Array(5);
    counts[4] = this.pairsOfRows(from, to);
    for (let row = from; row < to; row++) {
      this.#joinRow(row, counts, (index, other, lower, limit, divisor) => {
        const [first, second] = [Math.min(index, other), Math.max(index, other)];
        const { distance, atLeast } = this.#measure(first, second, limit, lower);
        if (atLeast !== undefined) {
          undecided.left.push(first);
          undecided.right.push(second);
          undecided.atLeast.push(atLeast);
        } else if (distance <= limit) {
          left.push(first);
          right.push(second);
          distances.push(distance);
          ratios.push(distance === 0 ? 0 : distance / divisor);
        }
      });
    }
    releaseLargeTables();
    return {
      undecided: {
        left: Int32Array.from(undecided.left),
        right: Int32Array.from(undecided.right),
        atLeast: Int32Array.from(undecided.atLeast),
      },
      left: Int32Array.from(left),
      right: Int32Array.from(right),
      distances: Int32Array.from(distances),
      ratios: Float64Array.from(ratios),
      counts,
    };
  }

  /** The distance if at most `limit`, or what it is at least where memory or time do not allow to tell. */
  #measure(
    left: number,
    right: number,
    limit: number,
    lower: number,
  ): { readonly distance: number; readonly atLeast?: number } {
    try {
      const watch = startWatch({ timeLimit: this.#pairTimeLimit });
      return { distance: boundedUnitDistance(this.#trees[left]!, this.#trees[right]!, limit, lower, watch) };
    } catch (error) {
      if (error instanceof UndecidedDistanceError) return { distance: Number.NaN, atLeast: error.atLeast };
      // A table that this machine has no memory for, or no time left for the pair.
      if (error instanceof RangeError || (error instanceof DOMException && error.name === 'TimeoutError')) {
        return { distance: Number.NaN, atLeast: lower };
      }
      throw error;
    }
  }

  #joinRow(
    row: number,
    counts: Float64Array,
    measure: (index: number, other: number, lower: number, limit: number, divisor: number) => void,
  ): void {
    const size = this.#sizes[row]!;
    const tree = this.#trees[this.#order[row]!]!;
    const own = prepareTree(tree);
    const dense = this.#counts;
    const { distinctLabels, labelCounts } = own;
    for (let k = 0; k < distinctLabels.length; k++) dense[distinctLabels[k]!] = labelCounts[k]!;
    let patternsReady = false;
    const starts = this.#histogramStarts;
    const labels = this.#histogramLabels;
    const labeled = this.#histogramCounts;
    let afterSize = 0;
    let afterLabels = 0;
    for (let other = row + 1; other < this.rows; other++) {
      const otherSize = this.#sizes[other]!;
      const divisor = this.#norm === 'sum' ? size + otherSize : otherSize;
      const limit = this.#limits[divisor]!;
      // The difference of sizes grows faster than the limit does, so nothing further on is in reach.
      if (otherSize - size > limit) break;
      afterSize++;
      let missing = 0;
      const end = starts[other + 1]!;
      for (let k = starts[other]!; k < end; k++) {
        const difference = labeled[k]! - dense[labels[k]!]!;
        if (difference > 0) {
          missing += difference;
          if (missing > limit) break;
        }
      }
      if (missing > limit) continue;
      afterLabels++;
      if (!patternsReady) {
        setPattern(preorder, own.right.labels);
        setPattern(postorder, tree.labels);
        patternsReady = true;
      }
      const otherTree = this.#trees[this.#order[other]!]!;
      const before = patternDistance(preorder, prepareTree(otherTree).right.labels, limit);
      if (before > limit) continue;
      counts[2]!++;
      const after = patternDistance(postorder, otherTree.labels, limit);
      if (after > limit) continue;
      counts[3]!++;
      measure(this.#order[row]!, this.#order[other]!, Math.max(before, after), limit, divisor);
    }
    counts[0]! += afterSize;
    counts[1]! += afterLabels;
    for (let k = 0; k < distinctLabels.length; k++) dense[distinctLabels[k]!] = 0;
  }
}

const preorder = createPattern();
const postorder = createPattern();
