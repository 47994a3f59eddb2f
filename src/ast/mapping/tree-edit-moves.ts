import { checkOptions, checkPositiveInteger, type OptionNames } from '../../numerics/index.js';
import { CALL_LIMITS, type CallLimits } from '../distance/call-limits.js';
import { commonClasses } from '../distance/common-classes.js';
import { assertComparable, type FlatTree } from '../tree/flat-tree.js';
import { prepareTree } from '../tree/prepared-tree.js';
import { treeEditMapping } from './tree-edit-mapping.js';
import type { TreeMapping } from './tree-mapping.js';

/** Which subtrees {@link treeEditMoves} may move. */
export interface TreeEditMovesOptions extends CallLimits {
  /**
   * Smaller subtrees do not move: a leaf like any other is found everywhere.
   *
   * @defaultValue 4
   */
  readonly minimumSize?: number;
}

const TREE_EDIT_MOVES_OPTIONS: OptionNames<TreeEditMovesOptions> = { ...CALL_LIMITS, minimumSize: true };

/** A mapping in which subtrees may have changed places. */
export interface TreeMappingWithMoves extends TreeMapping {
  /** Edits that the mapping stands for, where a move is one edit. At most the tree edit distance. */
  readonly distance: number;
  /** The roots of the moved subtrees in the first tree, ascending. */
  readonly moves: Int32Array;
}

/**
 * A mapping between two trees in which equal subtrees may have moved: two functions that swapped places are one move
 * and not the deletion and insertion of one of them node by node.
 *
 * A cheapest set of moves is NP-hard to find, so this is a heuristic on top of the exact distance. Equal subtrees are
 * paired with each other, the largest first; what is left of both trees is mapped anew; as many pairs as possible keep
 * order and ancestry and stay where they are, and the others are moves. This is done for those subtrees that the
 * cheapest mapping without moves does not pair, and for all; the fewest edits win, those of that mapping included, with
 * moves for the subtrees that it deletes in one place and inserts in another.
 *
 * @param options The smallest subtree that moves; a limit of time for each mapping on the way, or a signal.
 * @throws As `treeEditMapping`; RangeError when `minimumSize` is no whole number of at least 1.
 * Time and memory that of `treeEditMapping`, thrice at most.
 *
 * @example
 * ```ts
 * import { editScript, flattenObject, formatEditScript, treeEditMoves } from 'oasis-embed';
 *
 * const call = (name: string) => ({ label: 'call', children: [{ label: name }, { label: 'x' }, { label: 'y' }] });
 * const a = flattenObject({ label: 'program', children: [call('f'), call('g'), call('h')] });
 * const b = flattenObject({ label: 'program', children: [call('g'), call('h'), call('f')] });
 * console.log(formatEditScript(editScript(a, b, treeEditMoves(a, b))));
 * // move call (3) of 4 nodes to call (11) under program (12) at 2
 * ```
 * @see Chawathe, Rajaraman, Garcia-Molina, Widom, "Change detection in hierarchically structured information", SIGMOD
 * 1996; Falleri et al., "Fine-grained and accurate source code differencing", ASE 2014.
 */
export const treeEditMoves = (
  a: FlatTree,
  b: FlatTree,
  options: TreeEditMovesOptions = {},
): TreeMappingWithMoves => {
  checkOptions('treeEditMoves', options, TREE_EDIT_MOVES_OPTIONS);
  const { minimumSize = 4, ...limits } = options;
  checkPositiveInteger('minimumSize', minimumSize);
  assertComparable(a, b);
  const plain = treeEditMapping(a, b, undefined, limits);
  const classes = pairClasses(a, b);
  const deleted = findMoved(a, b, classes, minimumSize, (i, j) => {
    return isAll(plain.targets, a, i, -1) && isAll(plain.sources, b, j, -1);
  });
  let best = settle(a, b, plain.targets.slice(), plain.sources.slice(), deleted);
  const apart = findMoved(a, b, classes, minimumSize, (i, j) => plain.targets[i] !== j);
  if (best.distance <= 1) return best;
  const all = findMoved(a, b, classes, minimumSize, () => true);
  for (const pairs of [apart, all]) {
    if (pairs.length === 0) continue;
    const restA = withoutSubtrees(
      a,
      pairs.map(([i]) => i),
    );
    const restB = withoutSubtrees(
      b,
      pairs.map(([, j]) => j),
    );
    const rest = treeEditMapping(restA.tree, restB.tree, undefined, limits);
    const targets = new Int32Array(a.size).fill(-1);
    const sources = new Int32Array(b.size).fill(-1);
    rest.targets.forEach((j, i) => {
      if (j === -1) return;
      targets[restA.places[i]!] = restB.places[j]!;
      sources[restB.places[j]!] = restA.places[i]!;
    });
    const moved = settle(a, b, targets, sources, pairs);
    if (moved.distance < best.distance) best = moved;
  }
  return best;
};

type Pair = readonly [number, number];

interface PairClasses {
  /** Class of every node of each tree; equal classes are equal subtrees. */
  readonly a: Int32Array;
  readonly b: Int32Array;
}

const pairClasses = (a: FlatTree, b: FlatTree): PairClasses => {
  const pa = prepareTree(a);
  const pb = prepareTree(b);
  const common = commonClasses(pa, pb);
  return { a: pa.left.classes, b: pb.left.classes.map((own) => common[own]!) };
};

/** Pairs of equal subtrees, largest first, none of which holds or meets another; `accepts` says which may be paired. */
const findMoved = (
  a: FlatTree,
  b: FlatTree,
  classes: PairClasses,
  minimumSize: number,
  accepts: (i: number, j: number) => boolean,
): Pair[] => {
  const places = new Map<number, number[]>();
  classes.b.forEach((own, j) => {
    if (own === -1 || b.sizes[j]! < minimumSize) return;
    const list = places.get(own);
    if (list === undefined) places.set(own, [j]);
    else list.push(j);
  });
  const candidates = Array.from(a.sizes.keys()).filter((i) => places.has(classes.a[i]!));
  candidates.sort((i, j) => a.sizes[j]! - a.sizes[i]! || i - j);
  const takenA = new Uint8Array(a.size);
  const takenB = new Uint8Array(b.size);
  const pairs: Pair[] = [];
  for (const i of candidates) {
    // Larger subtrees go first, so that what is taken in part is taken at its root.
    if (takenA[i] === 1) continue;
    const list = places.get(classes.a[i]!)!;
    const at = list.findIndex((j) => takenB[j] === 0 && accepts(i, j));
    if (at === -1) continue;
    const [j] = list.splice(at, 1) as [number];
    takenA.fill(1, i - a.sizes[i]! + 1, i + 1);
    takenB.fill(1, j - b.sizes[j]! + 1, j + 1);
    pairs.push([i, j]);
  }
  return pairs;
};

/** Adds pairs of equal subtrees to a mapping: those that fit it stay, the others move. */
const settle = (
  a: FlatTree,
  b: FlatTree,
  targets: Int32Array,
  sources: Int32Array,
  pairs: readonly Pair[],
): TreeMappingWithMoves => {
  const orderA = preorder(a);
  const orderB = preorder(b);
  const still = Array.from(targets.keys()).filter((i) => targets[i] !== -1);
  const fitting = pairs.filter(([i, j]) =>
    still.every((k) => {
      const l = targets[k]!;
      return i < k === j < l && orderA[i]! < orderA[k]! === orderB[j]! < orderB[l]!;
    }),
  );
  const staying = new Set(longestInOrder(fitting));
  const moves: number[] = [];
  for (const pair of pairs) {
    const [i, j] = pair;
    if (!staying.has(pair)) moves.push(i);
    for (let k = 0; k < a.sizes[i]!; k++) {
      targets[i - k] = j - k;
      sources[j - k] = i - k;
    }
  }
  let distance = moves.length;
  targets.forEach((j, i) => {
    if (j === -1 || a.labels[i] !== b.labels[j]) distance++;
  });
  for (const i of sources) if (i === -1) distance++;
  return { distance, targets, sources, moves: Int32Array.from(moves).sort() };
};

/** As many pairs as possible that stand in the same order on both sides: a longest increasing subsequence. */
const longestInOrder = (pairs: readonly Pair[]): Pair[] => {
  const sorted = pairs.toSorted(([i], [k]) => i - k);
  /** By length of a sequence, the place in `sorted` of its last pair, the earliest in `b` that there is. */
  const ends: number[] = [];
  const previous = sorted.map(([, j], at) => {
    let length = ends.length;
    while (length > 0 && sorted[ends[length - 1]!]![1] > j) length--;
    ends[length] = at;
    return length === 0 ? -1 : ends[length - 1]!;
  });
  const chosen: Pair[] = [];
  for (let at = ends.at(-1) ?? -1; at !== -1; at = previous[at]!) chosen.push(sorted[at]!);
  return chosen;
};

/** Place in preorder by place in postorder. */
const preorder = (tree: FlatTree): Int32Array => prepareTree(tree).toRight.map((at) => tree.size - 1 - at);

const isAll = (values: Int32Array, tree: FlatTree, root: number, value: number): boolean => {
  for (let i = root - tree.sizes[root]! + 1; i <= root; i++) if (values[i] !== value) return false;
  return true;
};

/** The tree without some subtrees, and where its nodes stood. */
const withoutSubtrees = (
  tree: FlatTree,
  roots: readonly number[],
): { readonly tree: FlatTree; readonly places: Int32Array } => {
  const gone = new Uint8Array(tree.size);
  for (const root of roots) gone.fill(1, root - tree.sizes[root]! + 1, root + 1);
  /** Nodes kept before each place. */
  const before = new Int32Array(tree.size + 1);
  for (let i = 0; i < tree.size; i++) before[i + 1] = before[i]! + 1 - gone[i]!;
  const places = Int32Array.from(tree.labels.keys()).filter((i) => gone[i] === 0);
  const labels = places.map((i) => tree.labels[i]!);
  const sizes = places.map((i) => before[i + 1]! - before[i - tree.sizes[i]! + 1]!);
  return { tree: { ...tree, size: places.length, labels, sizes, positions: null }, places };
};
