import { checkOptions } from '../../numerics/index.js';
import type { FlatTree, LabelMode, NodeSelection } from './flat-tree.js';
import { type LabelVocabulary, sharedVocabulary } from './label-vocabulary.js';
import { PostorderBuilder } from './postorder-builder.js';

/** A flat tree as JSON: label names stand for ids, so that it can be read back with any vocabulary. */
export interface TreeJson {
  /** The distinct label names, in the order of their first node. */
  readonly names: readonly string[];
  /** [size], places in `names`, in postorder. */
  readonly labels: readonly number[];
  /** [size], subtree sizes, in postorder. */
  readonly sizes: readonly number[];
  readonly labelMode: LabelMode;
  readonly nodes: NodeSelection;
  readonly hasError: boolean;
}

const labelModes: readonly string[] = ['type', 'type+leaf', 'type+operator', 'custom'] satisfies LabelMode[];

/**
 * The JSON form of a tree. Positions are left out.
 *
 * Time and memory O(nodes).
 *
 * @example
 * ```ts
 * import { flattenObject, treeEditDistance, treeFromJson, treeToJson } from 'oasis-embed';
 *
 * const tree = flattenObject({ label: 'f', children: [{ label: 'x' }] });
 * const stored = JSON.stringify(treeToJson(tree));
 * console.log(treeEditDistance(tree, treeFromJson(JSON.parse(stored)))); // 0
 * ```
 */
export const treeToJson = (tree: FlatTree): TreeJson => {
  const places = new Map<number, number>();
  const names: string[] = [];
  const labels = Array.from(tree.labels, (id) => {
    let place = places.get(id);
    if (place === undefined) {
      place = names.length;
      places.set(id, place);
      names.push(tree.vocabulary.name(id));
    }
    return place;
  });
  const { labelMode, nodes, hasError } = tree;
  return { names, labels, sizes: Array.from(tree.sizes), labelMode, nodes, hasError };
};

/**
 * Reads back what `treeToJson` wrote.
 *
 * @throws TypeError or RangeError when the object is no tree: wrong lengths, unknown labels, sizes that do not nest.
 * Time and memory O(nodes).
 */
export const treeFromJson = (
  json: TreeJson,
  options: { readonly vocabulary?: LabelVocabulary } = {},
): FlatTree => {
  checkOptions('treeFromJson', options, { vocabulary: true });
  const { vocabulary = sharedVocabulary } = options;
  const { names, labels, sizes, labelMode, nodes, hasError } = json;
  if (!Array.isArray(names) || !Array.isArray(labels) || !Array.isArray(sizes)) {
    throw new TypeError('json must hold the arrays names, labels and sizes');
  }
  if (labels.length !== sizes.length) {
    throw new RangeError(`sizes must have the length of labels, ${labels.length}, received ${sizes.length}`);
  }
  if (!labelModes.includes(labelMode)) {
    throw new TypeError(`json.labelMode must be one of ${labelModes.join(', ')}, received ${labelMode}`);
  }
  if (nodes !== 'named' && nodes !== 'all') {
    throw new TypeError(`json.nodes must be 'named' or 'all', received ${nodes}`);
  }
  const ids = names.map((name: unknown) => {
    if (typeof name !== 'string') throw new TypeError(`json.names must be strings, received ${typeof name}`);
    return vocabulary.id(name);
  });
  const builder = new PostorderBuilder(false);
  const roots: number[] = [];
  for (let i = 0; i < labels.length; i++) {
    const label = ids[labels[i]];
    if (label === undefined)
      throw new RangeError(`json.labels[${i}] must be a place in names, received ${labels[i]}`);
    const size: unknown = sizes[i];
    const first = i - Number(size) + 1;
    while (roots.length > 0 && roots.at(-1)! > first) roots.pop();
    const nests = Number.isInteger(size) && first >= 0 && (first === i || roots.at(-1) === first);
    if (!nests) throw new RangeError(`json.sizes[${i}] must be the size of a subtree, received ${size}`);
    if (first === i) roots.push(i);
    builder.add(label, first, 0, 0);
  }
  if (roots.length > 1) throw new RangeError(`json must be one tree, received a forest of ${roots.length}`);
  return builder.finish({ vocabulary, labelMode, nodes, hasError: hasError === true });
};
