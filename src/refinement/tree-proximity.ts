import { type FlatTree, treeEditDistanceWithin, UndecidedDistanceError } from '../ast/index.js';

/** Repeats come close together, so a memory that starts afresh costs little; a Map ends at 2²⁴ entries. */
const MAX_KNOWN = 2 ** 20;

/** What decides whether two documents are close by structure and apart by words. */
export interface TreeProximityOptions {
  /** By document index; null where a document has no tree. A tree with syntax errors counts as none. */
  readonly trees: readonly (FlatTree | null)[];
  /** The largest edit distance over the sum of both trees' nodes, in [0, 1]. @defaultValue 0.2 */
  readonly treeRatio?: number;
  /** Trees with fewer nodes are left out: small trees are similar by chance. @defaultValue 20 */
  readonly minTreeNodes?: number;
  /** The largest Jaccard similarity of two documents' token sets, in [0, 1]. @defaultValue 1, no ceiling */
  readonly maxTokenJaccard?: number;
  /** Tokens by document index: required with `maxTokenJaccard`. */
  readonly tokens?: readonly (readonly string[])[];
}

/** What each filter removed, in comparisons. */
export interface TreeProximityStatistics {
  compared: number;
  /** One of the documents has no tree, a tree with errors, or one that is too small. */
  withoutTree: number;
  /** The sizes alone put the ratio above the limit. */
  bySize: number;
  /** The token sets are too similar. */
  byTokens: number;
  /** Distances that had to be computed. */
  distances: number;
  /** Distances that could not be told: both trees are so large and so far apart that no table fits. They count as apart. */
  undecided: number;
  within: number;
}

/** Compares documents and remembers each comparison. */
export interface TreeProximity {
  /** The tree edit ratio d / (n₁ + n₂) of two documents where they are close enough, else NaN. */
  ratio(a: number, b: number): number;
  readonly statistics: TreeProximityStatistics;
}

/**
 * A memory of structural comparisons: sizes first, then token sets, then the bounded edit distance.
 *
 * @throws RangeError when a ratio is outside [0, 1] or tokens are missing.
 */
export const createTreeProximity = ({
  trees,
  treeRatio = 0.2,
  minTreeNodes = 20,
  maxTokenJaccard = 1,
  tokens,
}: TreeProximityOptions): TreeProximity => {
  for (const [name, value] of Object.entries({ treeRatio, maxTokenJaccard })) {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be in [0, 1], received ${value}`);
  }
  if (maxTokenJaccard < 1 && tokens === undefined) {
    throw new RangeError('tokens must be given together with maxTokenJaccard');
  }
  if (tokens !== undefined && tokens.length !== trees.length) {
    throw new RangeError(`tokens must have shape [D] = [${trees.length}], received [${tokens.length}]`);
  }
  const statistics = {
    compared: 0,
    withoutTree: 0,
    bySize: 0,
    byTokens: 0,
    distances: 0,
    undecided: 0,
    within: 0,
  };
  const jaccard = tokens === undefined ? null : tokenJaccard(tokens);
  const known = new Map<number, number>();

  const compare = (a: number, b: number): number => {
    statistics.compared++;
    const treeA = trees[a];
    const treeB = trees[b];
    if (!isUsable(treeA, minTreeNodes) || !isUsable(treeB, minTreeNodes)) {
      statistics.withoutTree++;
      return Number.NaN;
    }
    const nodes = treeA.size + treeB.size;
    const limit = largestDistance(treeRatio, nodes);
    if (Math.abs(treeA.size - treeB.size) > limit) {
      statistics.bySize++;
      return Number.NaN;
    }
    if (maxTokenJaccard < 1 && jaccard !== null && jaccard(a, b) > maxTokenJaccard) {
      statistics.byTokens++;
      return Number.NaN;
    }
    statistics.distances++;
    const distance = distanceWithin(treeA, treeB, limit);
    if (Number.isNaN(distance)) statistics.undecided++;
    if (!(distance <= limit)) return Number.NaN;
    statistics.within++;
    return distance / nodes;
  };

  return {
    ratio: (a, b) => {
      const key = a < b ? a * trees.length + b : b * trees.length + a;
      let ratio = known.get(key);
      if (ratio === undefined) {
        ratio = compare(a, b);
        if (known.size >= MAX_KNOWN) known.clear();
        known.set(key, ratio);
      }
      return ratio;
    },
    statistics,
  };
};

/** The largest d with d / nodes ≤ ratio in floating point: 0.3 · 10 falls below 3 and must not cost a node. */
const largestDistance = (ratio: number, nodes: number): number => {
  let limit = Math.floor(ratio * nodes);
  while ((limit + 1) / nodes <= ratio) limit++;
  while (limit > 0 && limit / nodes > ratio) limit--;
  return limit;
};

/** The distance; Infinity beyond the limit, NaN where no table is large enough to tell. */
const distanceWithin = (a: FlatTree, b: FlatTree, limit: number): number => {
  try {
    return treeEditDistanceWithin(a, b, limit);
  } catch (error) {
    // Known to be beyond the limit it would be Infinity: what is thrown may lie on either side of it.
    if (error instanceof UndecidedDistanceError) return Number.NaN;
    throw error;
  }
};

const isUsable = (tree: FlatTree | null | undefined, minTreeNodes: number): tree is FlatTree =>
  tree !== null && tree !== undefined && !tree.hasError && tree.size >= minTreeNodes;

/** Set Jaccard |A ∩ B| / |A ∪ B| of two documents' tokens; 1 when both are empty. */
export const tokenJaccard = (tokens: readonly (readonly string[])[]): ((a: number, b: number) => number) => {
  const sets: (ReadonlySet<string> | undefined)[] = new Array(tokens.length);
  const setOf = (document: number): ReadonlySet<string> => {
    sets[document] ??= new Set(tokens[document]);
    return sets[document];
  };
  return (a, b) => {
    const [small, large] = [setOf(a), setOf(b)].sort((x, y) => x.size - y.size) as [Set<string>, Set<string>];
    let shared = 0;
    for (const token of small) if (large.has(token)) shared++;
    const union = small.size + large.size - shared;
    return union === 0 ? 1 : shared / union;
  };
};
