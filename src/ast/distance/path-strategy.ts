import type { OrientedTree, PreparedTree } from '../tree/prepared-tree.js';
import type { NodeRange } from './node-range.js';

/** For each pair of subtrees the path that costs least with all that hangs off it. */
export interface PathStrategy {
  /** What everything costs, in cells of left or right paths. */
  readonly cells: number;
  /**
   * The path of two inner nodes: 0 to the left-most leaf, 1 to the right-most one, 2 by the largest children; 3 more
   * where it is one of `b`.
   */
  choice(i: number, j: number): number;
}

/** What the strategy must know of the inner nodes of a range, equal subtrees being looked at once. */
interface Inners {
  readonly count: number;
  readonly nodes: Int32Array;
  /** By class of subtree, its place among them, or −1. */
  readonly places: Int32Array;
  readonly sizes: Float64Array;
  /** Sizes of the subtrees that left and that right paths leave, with the subtree itself. */
  readonly leftSums: Float64Array;
  readonly rightSums: Float64Array;
  /** The place of the parent, or −1 at a root of the range. */
  readonly parents: Int32Array;
  /** By kind of path, 1 where the parent's path goes on here. */
  readonly onPath: readonly [Uint8Array, Uint8Array, Uint8Array];
}

/** For each node of the range its child with the largest subtree, the first of them; no entry for leaves. */
export const findHeavyChildren = (tree: Pick<OrientedTree, 'first'>, { lo, hi }: NodeRange): Int32Array => {
  const heavy = new Int32Array(hi - lo + 1);
  for (let i = lo; i <= hi; i++) {
    let best = i - 1;
    for (let child = i - 1; child >= tree.first[i]!; child = tree.first[child]! - 1) {
      if (child - tree.first[child]! >= best - tree.first[best]!) best = child;
    }
    heavy[i - lo] = best;
  }
  return heavy;
};

const findInners = (tree: OrientedTree, range: NodeRange): Inners => {
  const { lo, hi } = range;
  const { first, classes, parents: parentOf } = tree;
  const heavy = findHeavyChildren(tree, range);
  const places = new Int32Array(tree.classCount).fill(-1);
  // Sums by node: what hangs off is added when the parent is met.
  const left = new Float64Array(hi - lo + 1);
  const right = new Float64Array(hi - lo + 1);
  const nodes: number[] = [];
  for (let i = lo; i <= hi; i++) {
    const size = i - first[i]! + 1;
    left[i - lo] = size;
    right[i - lo] = size;
    if (size === 1) continue;
    for (let child = i - 1; child >= first[i]!; child = first[child]! - 1) {
      const own = child - first[child]! + 1;
      if (own === 1) continue;
      left[i - lo]! += left[child - lo]! - (first[child] === first[i] ? own : 0);
      right[i - lo]! += right[child - lo]! - (child === i - 1 ? own : 0);
    }
    if (places[classes[i]!] !== -1) continue;
    places[classes[i]!] = nodes.length;
    nodes.push(i);
  }
  const at = Int32Array.from(nodes);
  return {
    count: at.length,
    nodes: at,
    places,
    sizes: Float64Array.from(at, (i) => i - first[i]! + 1),
    leftSums: Float64Array.from(at, (i) => left[i - lo]!),
    rightSums: Float64Array.from(at, (i) => right[i - lo]!),
    // The first of equal subtrees stands under the first of its parent's.
    parents: at.map((i) => (parentOf[i]! > hi ? -1 : places[classes[parentOf[i]!]!]!)),
    onPath: [
      Uint8Array.from(at, (i) => Number(parentOf[i]! <= hi && first[parentOf[i]!] === first[i])),
      Uint8Array.from(at, (i) => Number(parentOf[i] === i + 1)),
      Uint8Array.from(at, (i) => Number(parentOf[i]! <= hi && heavy[parentOf[i]! - lo] === i)),
    ],
  };
};

/** Sums over the subtrees that hang off a path from a node of `a`, by kind of path and by inner node of `b`. */
type Row = readonly [Float64Array, Float64Array, Float64Array];

/**
 * The cheapest decomposition of all pairs of subtrees of two ranges, where each pair goes by one path of one of the two
 * trees: what hangs off the path is compared with the whole other subtree, by paths of its own.
 *
 * @param innerCost What a cell of an inner path costs in cells of left and right ones.
 * @param limit Gives up, with null, once everything is known to cost more than this many cells.
 * Time O(|a|·|b|), memory O(|a|·|b|) bytes, for inner nodes of different subtrees.
 * @see Pawlik and Augsten, "RTED: a robust algorithm for the tree edit distance", PVLDB 5(4), 2011; "Efficient
 * computation of the tree edit distance", ACM Trans. Database Systems 40(1), 2015.
 */
export const planPaths = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  innerCost: number,
  limit: number,
): PathStrategy | null => {
  const ia = findInners(a.left, ra);
  const ib = findInners(b.left, rb);
  const width = ib.count;
  const choices = new Uint8Array(ia.count * width);
  const innerCells = (size: number) => innerCost * (size + innerOverhead) * (size + innerOverhead);
  const innersB = ib.sizes.map(innerCells);
  const spare: Row[] = [];
  const rows: (Row | undefined)[] = [];
  const newRow = (): Row => {
    const row = spare.pop();
    if (row === undefined) return [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
    for (const sums of row) sums.fill(0);
    return row;
  };
  const [leftB, rightB, innerB] = newRow();
  const [stayLeft, stayRight, stayInner] = ib.onPath;
  let total = 0;
  for (let x = 0; x < ia.count; x++) {
    const row = rows[x] ?? newRow();
    const [left, right, inner] = row;
    const above = ia.parents[x]!;
    const to = above === -1 ? undefined : (rows[above] ?? newRow());
    if (to !== undefined) rows[above] = to;
    const sizeA = ia.sizes[x]!;
    const leftSum = ia.leftSums[x]!;
    const rightSum = ia.rightSums[x]!;
    const innerA = innerCells(sizeA);
    leftB.fill(0);
    rightB.fill(0);
    innerB.fill(0);
    const [onLeft, onRight, onInner] = [ia.onPath[0][x] === 1, ia.onPath[1][x] === 1, ia.onPath[2][x] === 1];
    for (let y = 0; y < width; y++) {
      const sizeB = ib.sizes[y]!;
      let best = left[y]! + sizeA * ib.leftSums[y]!;
      let choice = 0;
      let cost = right[y]! + sizeA * ib.rightSums[y]!;
      if (cost < best) {
        best = cost;
        choice = 1;
      }
      cost = inner[y]! + sizeA * innersB[y]!;
      if (cost < best) {
        best = cost;
        choice = 2;
      }
      cost = leftB[y]! + sizeB * leftSum;
      if (cost < best) {
        best = cost;
        choice = 3;
      }
      cost = rightB[y]! + sizeB * rightSum;
      if (cost < best) {
        best = cost;
        choice = 4;
      }
      cost = innerB[y]! + sizeB * innerA;
      if (cost < best) {
        best = cost;
        choice = 5;
      }
      choices[x * width + y] = choice;
      const next = ib.parents[y]!;
      if (next !== -1) {
        leftB[next]! += stayLeft[y] === 1 ? leftB[y]! : best;
        rightB[next]! += stayRight[y] === 1 ? rightB[y]! : best;
        innerB[next]! += stayInner[y] === 1 ? innerB[y]! : best;
      }
      if (to !== undefined) {
        to[0][y]! += onLeft ? left[y]! : best;
        to[1][y]! += onRight ? right[y]! : best;
        to[2][y]! += onInner ? inner[y]! : best;
      } else if (next === -1) {
        total += best;
      }
    }
    rows[x] = undefined;
    spare.push(row);
    if (total > limit) return null;
  }
  const { classes: classesA } = a.left;
  const { classes: classesB } = b.left;
  return {
    cells: total,
    choice: (i, j) => choices[ia.places[classesA[i]!]! * width + ib.places[classesB[j]!]!]!,
  };
};

/** What a pass over a table costs beside its cells, as so many more rows and columns. */
const innerOverhead = 16;
