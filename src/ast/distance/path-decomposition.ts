import type { PreparedTree } from '../tree/prepared-tree.js';
import type { Watch } from './call-limits.js';
import type { InnerPath, ScoreSteps } from './inner-path-kernel.js';
import type { NodeRange } from './node-range.js';
import { findHeavyChildren, type PathStrategy } from './path-strategy.js';

/** The kernels that a decomposition is made of, over one table of scores of pairs of subtree classes. */
export interface PathKernels {
  /** Whether the subtrees of two nodes, in postorder, are scored; those of leaves are from the start. */
  isKnown(i: number, j: number): boolean;
  /** Scores the left-most paths of two subtrees, or the right-most ones, given what hangs off them. */
  fillPair(mirrored: boolean, lx: number, x: number, ly: number, y: number): void;
  /** Scores a path against all subtrees of a range of the other tree. */
  fillInner(
    path: InnerPath,
    other: PreparedTree,
    range: NodeRange,
    steps: ScoreSteps,
    watch: Watch | null,
  ): void;
}

/**
 * Scores all pairs of subtrees of two ranges by the paths of a strategy: what hangs off a path first, then the path
 * itself against the whole other subtree. A pair is known only when all pairs below it are.
 */
export const fillByPaths = (
  a: PreparedTree,
  ra: NodeRange,
  b: PreparedTree,
  rb: NodeRange,
  strategy: PathStrategy,
  kernels: PathKernels,
  watch: Watch | null,
): void => {
  const sideA: Side = { tree: a, heavy: findHeavyChildren(a.left, ra), lo: ra.lo };
  const sideB: Side = { tree: b, heavy: findHeavyChildren(b.left, rb), lo: rb.lo };
  const stepA = b.left.classCount;
  /** Pairs to be scored; ~i for one whose hanging subtrees are done. */
  const pending: number[] = [];
  const ask = (i: number, j: number): void => {
    if (!kernels.isKnown(i, j)) pending.push(i, j);
  };
  for (const i of rootsOf(a, ra)) for (const j of rootsOf(b, rb)) ask(i, j);
  while (pending.length > 0) {
    const j = pending.pop()!;
    const asked = pending.pop()!;
    const i = asked < 0 ? ~asked : asked;
    if (kernels.isKnown(i, j)) continue;
    const choice = strategy.choice(i, j);
    const ofA = choice < 3;
    const kind = ofA ? choice : choice - 3;
    if (asked >= 0) {
      pending.push(~i, j);
      if (ofA) for (const f of hangingOff(sideA, i, kind)) ask(f, j);
      else for (const g of hangingOff(sideB, j, kind)) ask(i, g);
      continue;
    }
    const sizeA = i - a.left.first[i]! + 1;
    const sizeB = j - b.left.first[j]! + 1;
    if (kind === 2) {
      const own = ofA ? sideA : sideB;
      const path = {
        tree: own.tree.left,
        top: ofA ? i : j,
        next: (node: number) => own.heavy[node - own.lo]!,
      };
      const other = ofA ? b : a;
      const root = ofA ? j : i;
      const range = { lo: other.left.first[root]!, hi: root };
      const steps = { stepPath: ofA ? stepA : 1, stepOther: ofA ? 1 : stepA };
      kernels.fillInner(path, other, range, steps, watch);
      continue;
    }
    const mirrored = kind === 1;
    const treeA = mirrored ? a.right : a.left;
    const treeB = mirrored ? b.right : b.left;
    const x = mirrored ? a.toRight[i]! : i;
    const y = mirrored ? b.toRight[j]! : j;
    const [lx, ly] = [treeA.first[x]!, treeB.first[y]!];
    const isKnown = (u: number, v: number) =>
      mirrored ? kernels.isKnown(a.toLeft[u]!, b.toLeft[v]!) : kernels.isKnown(u, v);
    const tree = ofA ? treeB : treeA;
    const [start, end] = ofA ? [ly, y] : [lx, x];
    const { keyroots, first } = tree;
    for (let k = lowerBound(keyroots, start); k < keyroots.length && keyroots[k]! < end; k++) {
      const root = keyroots[k]!;
      const from = first[root]!;
      if (from === start || from === root) continue;
      if (ofA) {
        if (!isKnown(x, root)) kernels.fillPair(mirrored, lx, x, from, root);
      } else if (!isKnown(root, y)) kernels.fillPair(mirrored, from, root, ly, y);
      watch?.spend((ofA ? sizeA : sizeB) * (root - from + 1));
    }
    kernels.fillPair(mirrored, lx, x, ly, y);
    watch?.spend(sizeA * sizeB);
  }
};

interface Side {
  readonly tree: PreparedTree;
  readonly heavy: Int32Array;
  readonly lo: number;
}

/** Roots of the subtrees that a range holds. */
const rootsOf = (tree: PreparedTree, { lo, hi }: NodeRange): number[] => {
  const roots: number[] = [];
  for (let root = hi; root >= lo; root = tree.left.first[root]! - 1) roots.push(root);
  return roots;
};

/** The subtrees of more than one node that hang off a path. */
const hangingOff = ({ tree: { left }, heavy, lo }: Side, top: number, kind: number): number[] => {
  const hanging: number[] = [];
  const { first } = left;
  for (let node = top; first[node] !== node; ) {
    let below = node - 1;
    if (kind === 0) while (first[below] !== first[node]) below = first[below]! - 1;
    else if (kind === 2) below = heavy[node - lo]!;
    for (let child = node - 1; child >= first[node]!; child = first[child]! - 1) {
      if (child !== below && first[child] !== child) hanging.push(child);
    }
    node = below;
  }
  return hanging;
};

/** The first place at which a value of at least `least` stands. */
const lowerBound = (sorted: Int32Array, least: number): number => {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
};
