import type { FlatTree } from '../../src/ast/index.js';
import { loadPeer } from '../runner/peer-packages.js';
import type { Prepared } from '../runner/suite.js';

interface Node {
  readonly label: string;
  readonly children: Node[];
}

/** A flat tree as objects that hold their children. */
export const nested = (tree: FlatTree): Node => {
  const open: { first: number; node: Node }[] = [];
  for (let i = 0; i < tree.size; i++) {
    const first = i - tree.sizes[i]! + 1;
    const children: Node[] = [];
    while (open.length > 0 && open.at(-1)!.first >= first) children.unshift(open.pop()!.node);
    open.push({ first, node: { label: String(tree.labels[i]), children } });
  }
  return open[0]!.node;
};

/** A tree in the bracket notation of APTED: `{a{b}{c}}`. */
export const bracket = (tree: FlatTree): string => {
  const write = ({ label, children }: Node): string => `{${label}${children.map(write).join('')}}`;
  return write(nested(tree));
};

interface EditDistance {
  ted(
    a: Node,
    b: Node,
    children: (node: Node) => Node[],
    insert: () => number,
    remove: () => number,
    update: (a: Node, b: Node) => number,
  ): { readonly distance: number };
}

/** The npm package edit-distance on the same trees. */
export const editDistanceOf = (
  pairs: readonly (readonly [FlatTree, FlatTree])[],
  rename: number,
): Prepared => {
  const { ted } = loadPeer<EditDistance>('edit-distance');
  const trees = pairs.map(([a, b]) => [nested(a), nested(b)] as const);
  const one = () => 1;
  const update = (a: Node, b: Node) => (a.label === b.label ? 0 : rename);
  return {
    run: () => trees.map(([a, b]) => ted(a, b, (node) => node.children, one, one, update).distance),
    outcome: (distances: number[]) => distances,
  };
};
