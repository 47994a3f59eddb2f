import { checkOptions } from '../../numerics/index.js';
import type { FlatTree } from './flat-tree.js';
import { type LabelVocabulary, sharedVocabulary } from './label-vocabulary.js';
import { PostorderBuilder } from './postorder-builder.js';

/** A tree as plain objects. */
export interface LabeledNode {
  readonly label: string;
  readonly children?: readonly LabeledNode[];
}

/** Which vocabulary numbers the labels of a tree. */
export interface FlattenObjectOptions {
  /** @defaultValue `sharedVocabulary` */
  readonly vocabulary?: LabelVocabulary;
}

/**
 * Flattens a tree of `{ label, children }` objects.
 *
 * `null` is the empty tree. The same object may stand in several places and is copied to each; an object that
 * contains itself is refused. Nothing is recursive.
 *
 * @throws TypeError when a label is not a string, children are not an array, or the objects form a cycle.
 * Time and memory O(nodes).
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditDistance } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'f', children: [{ label: 'x' }] });
 * console.log(treeEditDistance(a, b)); // 1
 * ```
 */
export const flattenObject = (root: LabeledNode | null, options: FlattenObjectOptions = {}): FlatTree => {
  checkOptions('flattenObject', options, { vocabulary: true });
  const { vocabulary = sharedVocabulary } = options;
  const builder = new PostorderBuilder(false);
  const traits = { vocabulary, labelMode: 'custom', nodes: 'all', hasError: false } as const;
  if (root === null) return builder.finish(traits);
  const open: { node: LabeledNode; next: number; firstIndex: number }[] = [];
  const onPath = new Set<LabeledNode>();
  const enter = (node: LabeledNode) => {
    checkNode(node);
    if (onPath.has(node)) {
      throw new TypeError(`root must be a tree, received a node '${node.label}' that contains itself`);
    }
    onPath.add(node);
    open.push({ node, next: 0, firstIndex: builder.length });
  };
  enter(root);
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const children = top.node.children;
    if (children !== undefined && top.next < children.length) {
      enter(children[top.next++]!);
    } else {
      builder.add(vocabulary.id(top.node.label), top.firstIndex, 0, 0);
      onPath.delete(top.node);
      open.pop();
    }
  }
  return builder.finish(traits);
};

const checkNode = (node: LabeledNode): void => {
  if (typeof node !== 'object' || node === null) {
    throw new TypeError(`a node must be { label, children }, received ${node}`);
  }
  if (typeof node.label !== 'string') {
    throw new TypeError(`a node's label must be a string, received ${typeof node.label}`);
  }
  if (node.children !== undefined && !Array.isArray(node.children)) {
    throw new TypeError(`a node's children must be an array, received ${typeof node.children}`);
  }
};
