import fc from 'fast-check';
import { createRandom, type Random } from '../../src/numerics/index.js';
import type { OracleTree } from '../reference/tree-edit.js';

/** A random tree of exactly `size` nodes; `bushiness` in [0, 1] leans from chains to stars. */
export const randomTree = (random: Random, size: number, labels: number, bushiness = 0.5): OracleTree => {
  interface Growing {
    label: string;
    children: Growing[];
  }
  const fresh = (): Growing => ({ label: `l${random.below(labels)}`, children: [] });
  const root = fresh();
  const nodes = [root];
  for (let i = 1; i < size; i++) {
    const parent = random.uniform() < bushiness ? nodes[random.below(nodes.length)]! : nodes.at(-1)!;
    const node = fresh();
    parent.children.splice(random.below(parent.children.length + 1), 0, node);
    nodes.push(node);
  }
  return root;
};

/** Trees of 1 to `maximum` nodes over few labels, so that ties and repeated subtrees are common. */
export const treeArbitrary = (maximum: number, labels = 3): fc.Arbitrary<OracleTree> =>
  fc
    .record({
      seed: fc.integer({ min: 0, max: 2 ** 31 }),
      size: fc.integer({ min: 1, max: maximum }),
      bushiness: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ seed, size, bushiness }) => randomTree(createRandom(seed), size, labels, bushiness));

/** Applies `count` random deletions, insertions and renames; the root stays. */
export const plantEdits = (tree: OracleTree, count: number, random: Random, labels: number): OracleTree => {
  let current = tree;
  for (let k = 0; k < count; k++) current = plantEdit(current, random, labels);
  return current;
};

const plantEdit = (tree: OracleTree, random: Random, labels: number): OracleTree => {
  interface Node {
    label: string;
    children: Node[];
  }
  const copy = (node: OracleTree): Node => ({ label: node.label, children: node.children.map(copy) });
  const root = copy(tree);
  const nodes: { node: Node; parent: Node | null }[] = [];
  const visit = (node: Node, parent: Node | null) => {
    nodes.push({ node, parent });
    for (const child of node.children) visit(child, node);
  };
  visit(root, null);
  const { node, parent } = nodes[random.below(nodes.length)]!;
  const label = `l${random.below(labels)}`;
  const kind = random.below(3);
  if (kind === 0 && parent !== null)
    parent.children.splice(parent.children.indexOf(node), 1, ...node.children);
  else if (kind === 1) {
    const from = random.below(node.children.length + 1);
    const to = from + random.below(node.children.length - from + 1);
    const adopted = node.children.slice(from, to);
    node.children.splice(from, to - from, { label, children: adopted });
  } else node.label = label;
  return root;
};

/** A tree of `depth` nodes, each the only child of the one before. */
export const chain = (depth: number, label: string): OracleTree => {
  let node: OracleTree = { label, children: [] };
  for (let k = 1; k < depth; k++) node = { label, children: [node] };
  return node;
};

const leafOf = (level: number): OracleTree => ({ label: `l${level % 3}`, children: [] });

/** A spine of inner nodes with a leaf beside each; `turn` says whether the spine goes on at the left. */
export const spine = (
  depth: number,
  label: string,
  turn: (level: number) => boolean,
  beside: (level: number) => OracleTree = leafOf,
): OracleTree => {
  let node: OracleTree = { label, children: [] };
  for (let level = depth; level > 0; level--) {
    node = { label, children: turn(level) ? [node, beside(level)] : [beside(level), node] };
  }
  return node;
};

/** A tree in which every inner node has two children. */
export const fullBinary = (depth: number): OracleTree => ({
  label: `l${depth % 3}`,
  children: depth === 0 ? [] : [fullBinary(depth - 1), fullBinary(depth - 1)],
});

/** A root with leaves. */
export const star = (leaves: number): OracleTree => ({
  label: 'r',
  children: Array.from({ length: leaves }, (_, k) => leafOf(k)),
});
