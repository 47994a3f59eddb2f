import { checkOptions } from '../../numerics/index.js';
import type { FlatTree } from '../tree/flat-tree.js';
import { type GrowingNode, GrowingTree } from './growing-tree.js';
import type { TreeEdit } from './tree-edit.js';
import type { TreeMapping } from './tree-mapping.js';

/** What an edit script lists beside the edits. */
export interface EditScriptOptions {
  /**
   * Whether nodes that stay as they are get a step of their own.
   *
   * @defaultValue false
   */
  readonly keep?: boolean;
}

/**
 * The edits that a mapping stands for, in an order in which they can be applied one after another (`applyEdits`):
 * deletions and renames in the postorder of the first tree, then insertions and moves in the preorder of the second,
 * parents before their children.
 *
 * @param mapping What `treeEditMapping(a, b)` returned, or `treeEditMoves(a, b)` for a script with moves.
 * @returns One edit per deletion, insertion, rename and move: as many as the distance, under unit costs.
 * @throws RangeError when the mapping is not of these trees.
 * Time O(|a| + |b|), plus for each insertion and move the children of its parent; memory O(|a| + |b|).
 *
 * @example
 * ```ts
 * import { editScript, flattenObject, formatEditScript, treeEditMapping } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'g', children: [{ label: 'h', children: [{ label: 'y' }] }] });
 * console.log(formatEditScript(editScript(a, b, treeEditMapping(a, b))));
 * // delete x (0)
 * // rename f (2) to g (2)
 * // insert h (1) under g (2) at 0, adopting 1
 * ```
 */
export const editScript = (
  a: FlatTree,
  b: FlatTree,
  mapping: TreeMapping & { readonly moves?: Int32Array },
  options: EditScriptOptions = {},
): TreeEdit[] => {
  checkOptions('editScript', options, { keep: true });
  const { targets, sources, moves = new Int32Array(0) } = mapping;
  if (targets.length !== a.size || sources.length !== b.size) {
    throw new RangeError(
      `mapping must be of trees of ${a.size} and ${b.size} nodes, received ${targets.length} and ${sources.length}`,
    );
  }
  const edits: TreeEdit[] = [];
  const tree = new GrowingTree(a);
  const nameA = (i: number) => a.vocabulary.name(a.labels[i]!);
  const nameB = (j: number) => b.vocabulary.name(b.labels[j]!);
  for (let i = 0; i < a.size; i++) {
    const node = tree.nodes[i]!;
    const to = targets[i]!;
    node.to = to;
    if (to === -1) {
      edits.push({ kind: 'delete', from: i, to, label: nameA(i), newLabel: null });
      tree.remove(node);
      continue;
    }
    const kind = a.labels[i] === b.labels[to] ? 'keep' : 'rename';
    if (kind === 'rename' || options.keep === true) {
      edits.push({ kind, from: i, to, label: nameA(i), newLabel: nameB(to) });
    }
  }
  place(tree, a, b, sources, moves, edits);
  return edits;
};

/** Inserts and moves, in the preorder of `b`. */
const place = (
  tree: GrowingTree,
  a: FlatTree,
  b: FlatTree,
  sources: Int32Array,
  moves: Int32Array,
  edits: TreeEdit[],
): void => {
  /** By node of `b`, once it is there. */
  const placed: GrowingNode[] = new Array(b.size);
  /** Nodes that wait to be moved: where they stand says nothing. */
  const waiting = new Set(Array.from(moves, (i) => tree.nodes[i]!));
  const visit = (j: number, parent: GrowingNode): void => {
    const first = j - b.sizes[j]! + 1;
    const source = sources[j]!;
    const { from, to } = parent;
    const above = parent === tree.top ? null : { from, to, label: b.vocabulary.name(b.labels[to]!) };
    if (source === -1) {
      const { position, adopts } = findPlace(parent, first, j, waiting);
      const newLabel = b.vocabulary.name(b.labels[j]!);
      edits.push({ kind: 'insert', from: -1, to: j, label: null, newLabel, parent: above, position, adopts });
      placed[j] = tree.insert(b.labels[j]!, j, parent, position, adopts);
      return;
    }
    const node = tree.nodes[source]!;
    placed[j] = node;
    if (!waiting.delete(node)) return;
    tree.detach(node);
    const { position } = findPlace(parent, first, j, waiting);
    tree.attach(node, parent, position);
    const label = a.vocabulary.name(a.labels[source]!);
    const newLabel = b.vocabulary.name(b.labels[j]!);
    const size = b.sizes[j]!;
    edits.push({ kind: 'move', from: source, to: j, label, newLabel, size, parent: above, position });
  };
  const open: { readonly j: number; readonly parent: number }[] = [];
  if (b.size > 0) open.push({ j: b.size - 1, parent: -1 });
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { j, parent } = next;
    visit(j, parent === -1 ? tree.top : placed[parent]!);
    // The last child goes onto the stack first, so that the first one comes off it next.
    const first = j - b.sizes[j]! + 1;
    for (let child = j - 1; child >= first; child -= b.sizes[child]!) open.push({ j: child, parent: j });
  }
};

/** Where the subtree `first … last` of the second tree belongs among the children of its parent. */
const findPlace = (
  parent: GrowingNode,
  first: number,
  last: number,
  waiting: ReadonlySet<GrowingNode>,
): { readonly position: number; readonly adopts: number } => {
  let position = 0;
  let end = -1;
  parent.children.forEach((child, index) => {
    if (waiting.has(child)) return;
    if (child.to < first) position = index + 1;
    else if (child.to <= last) {
      if (end === -1) position = index;
      end = index + 1;
    }
  });
  return { position, adopts: end === -1 ? 0 : end - position };
};
