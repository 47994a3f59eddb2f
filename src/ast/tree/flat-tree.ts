import type { LabelVocabulary } from './label-vocabulary.js';

/**
 * What a node's label says: its type; its type and, at leaves, its text; its type and, at operators, which
 * operator; or whatever the caller put in plain objects.
 */
export type LabelMode = 'type' | 'type+leaf' | 'type+operator' | 'custom';

/** Which nodes of a syntax tree are kept. */
export type NodeSelection = 'named' | 'all';

/**
 * An ordered labeled tree as typed arrays in postorder: children come before their parent, the root is last,
 * and the subtree of node `i` is the range `i - sizes[i] + 1 … i`.
 */
export interface FlatTree {
  /** How many nodes; 0 is the empty tree. */
  readonly size: number;
  /** [size], label ids of `vocabulary` in postorder. */
  readonly labels: Int32Array;
  /** [size], nodes in the subtree of each node, itself included, in postorder. */
  readonly sizes: Int32Array;
  readonly vocabulary: LabelVocabulary;
  readonly labelMode: LabelMode;
  readonly nodes: NodeSelection;
  /** Whether the parser met a syntax error: such a tree says more about the error than about the code. */
  readonly hasError: boolean;
  /** Where each node stands in its source, in UTF-16 units, when the tree was flattened with `positions`. */
  readonly positions: NodePositions | null;
}

/** [size] each, in postorder; the end is exclusive. */
export interface NodePositions {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Trees beyond this many nodes are refused: ids and counts must fit 32-bit arrays with room for sums. */
export const maximumTreeSize = 2 ** 28;

/**
 * Throws unless two trees share one vocabulary of labels.
 *
 * @throws TypeError when one is no flat tree, or vocabularies, label modes or node selections differ.
 */
export const assertComparable = (a: FlatTree, b: FlatTree): void => {
  if (!isFlatTree(a)) refuseTree('a', a);
  if (!isFlatTree(b)) refuseTree('b', b);
  if (a.vocabulary !== b.vocabulary) {
    throw new TypeError('a and b must be flattened with the same vocabulary, received two different ones');
  }
  if (a.labelMode !== b.labelMode) {
    throw new TypeError(`a and b must have the same labels, received '${a.labelMode}' and '${b.labelMode}'`);
  }
  if (a.nodes !== b.nodes) {
    throw new TypeError(`a and b must keep the same nodes, received '${a.nodes}' and '${b.nodes}'`);
  }
};

const isFlatTree = (tree: Partial<FlatTree> | null | undefined): boolean => ArrayBuffer.isView(tree?.labels);

const refuseTree = (name: string, value: unknown): never => {
  const shown = typeof value === 'object' && value !== null ? 'an object without labels' : String(value);
  throw new TypeError(
    `${name} must be a flat tree, as flattenTree, flattenObject or treeFromJson make it, received ${shown}`,
  );
};

/** Throws unless every tree is comparable with the first. */
export const assertAllComparable = (trees: readonly FlatTree[]): void => {
  const first = trees[0];
  if (first === undefined) return;
  for (const tree of trees) assertComparable(first, tree);
};
