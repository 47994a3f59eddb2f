import type { FlatTree } from '../tree/flat-tree.js';
import { PostorderBuilder } from '../tree/postorder-builder.js';

/** A node while edits are applied. */
export interface GrowingNode {
  label: number;
  /** Null for what stands above the roots. */
  parent: GrowingNode | null;
  readonly children: GrowingNode[];
  /** The node of the first tree, or −1. */
  readonly from: number;
  /** The node of the second tree, or −1. */
  to: number;
}

/** An ordered forest that is edited in place, starting as a tree. */
export class GrowingTree {
  /** What stands above the roots, which are one or none except between two edits. */
  readonly top: GrowingNode = { label: -1, parent: null, children: [], from: -1, to: -1 };
  /** By place in postorder of the tree it started as. */
  readonly nodes: readonly GrowingNode[];

  constructor(tree: FlatTree) {
    const open: GrowingNode[] = [];
    this.nodes = Array.from(tree.labels, (label, from): GrowingNode => {
      const node: GrowingNode = { label, parent: null, children: [], from, to: -1 };
      const first = from - tree.sizes[from]! + 1;
      let below = open.length;
      while (below > 0 && open[below - 1]!.from >= first) below--;
      for (const child of open.splice(below)) this.#append(node, child);
      open.push(node);
      return node;
    });
    for (const root of open) this.#append(this.top, root);
  }

  /** Takes a node out; its children take its place. */
  remove(node: GrowingNode): void {
    const parent = node.parent!;
    const children = node.children.splice(0);
    for (const child of children) child.parent = parent;
    replace(parent.children, parent.children.indexOf(node), 1, children);
    node.parent = null;
  }

  /** Puts a new node at a place among the children of `parent`, as the parent of the next `adopts` of them. */
  insert(label: number, to: number, parent: GrowingNode, position: number, adopts: number): GrowingNode {
    const adopted = parent.children.slice(position, position + adopts);
    const node: GrowingNode = { label, parent, children: adopted, from: -1, to };
    for (const child of adopted) child.parent = node;
    parent.children.splice(position, adopts, node);
    return node;
  }

  /** Takes a node out with all below it. */
  detach(node: GrowingNode): void {
    const siblings = node.parent!.children;
    siblings.splice(siblings.indexOf(node), 1);
    node.parent = null;
  }

  /** Puts a node that was detached back at a place among the children of `parent`. */
  attach(node: GrowingNode, parent: GrowingNode, position: number): void {
    node.parent = parent;
    parent.children.splice(position, 0, node);
  }

  /** The tree as it stands, with the traits of `like`. */
  flatten(like: FlatTree): FlatTree {
    const { vocabulary, labelMode, nodes, hasError } = like;
    const builder = new PostorderBuilder(false);
    const open: { readonly node: GrowingNode; next: number; readonly first: number }[] = [];
    const root = this.top.children[0];
    if (root !== undefined) open.push({ node: root, next: 0, first: 0 });
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const child = last.node.children[last.next++];
      if (child !== undefined) {
        open.push({ node: child, next: 0, first: builder.length });
      } else {
        builder.add(last.node.label, last.first, 0, 0);
        open.pop();
      }
    }
    return builder.finish({ vocabulary, labelMode, nodes, hasError });
  }

  #append(parent: GrowingNode, child: GrowingNode): void {
    child.parent = parent;
    parent.children.push(child);
  }
}

/** `splice` for replacements too many to be arguments of one call. */
const replace = (
  array: GrowingNode[],
  at: number,
  count: number,
  replacement: readonly GrowingNode[],
): void => {
  if (replacement.length < 10_000) {
    array.splice(at, count, ...replacement);
    return;
  }
  const rest = array.splice(at).slice(count);
  for (const node of replacement) array.push(node);
  for (const node of rest) array.push(node);
};
