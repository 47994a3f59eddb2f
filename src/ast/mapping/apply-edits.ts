import type { FlatTree } from '../tree/flat-tree.js';
import { type GrowingNode, GrowingTree } from './growing-tree.js';
import type { EditedNode, TreeEdit } from './tree-edit.js';

/**
 * The tree that an edit script makes of `a`: `applyEdits(a, editScript(a, b, mapping))` has the nodes of `b`. The second
 * tree is not needed, so a script can be stored and applied later.
 *
 * @param a The tree that the script starts from.
 * @param edits Applied in order; steps that keep a node do nothing.
 * @returns A new tree with the vocabulary and settings of `a`, without positions.
 * @throws RangeError when an edit names a node that is not there, a position that its parent does not have, or when the
 * result is no single tree. `a` itself never changes.
 * Time O(|a|), plus for each edit the children of its parent; memory O(|a| + edits).
 *
 * @example
 * ```ts
 * import { applyEdits, editScript, flattenObject, treeEditDistance, treeEditMapping } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'f', children: [{ label: 'g', children: [{ label: 'y' }, { label: 'z' }] }] });
 * const script = editScript(a, b, treeEditMapping(a, b));
 * console.log(treeEditDistance(applyEdits(a, script), b)); // 0
 * ```
 */
export const applyEdits = (a: FlatTree, edits: readonly TreeEdit[]): FlatTree => {
  const tree = new GrowingTree(a);
  const inserted = new Map<number, GrowingNode>();
  edits.forEach((edit, index) => {
    const find = (node: EditedNode): GrowingNode => {
      const found = node.from === -1 ? inserted.get(node.to) : tree.nodes[node.from];
      if (found === undefined || found.parent === null) {
        const name = node.from === -1 ? `inserted node ${node.to}` : `node ${node.from}`;
        throw new RangeError(`edits[${index}] must name nodes that are there, received ${name}`);
      }
      return found;
    };
    const findParent = (parent: EditedNode | null) => (parent === null ? tree.top : find(parent));
    const checkRange = (parent: GrowingNode, position: number, adopts: number) => {
      const count = parent.children.length;
      const fits = Number.isInteger(position) && Number.isInteger(adopts) && position >= 0 && adopts >= 0;
      if (!fits || position + adopts > count) {
        throw new RangeError(
          `edits[${index}] must stay within the ${count} children of its parent, ` +
            `received position ${position} adopting ${adopts}`,
        );
      }
    };
    switch (edit.kind) {
      case 'keep':
        break;
      case 'rename':
        find(edit).label = a.vocabulary.id(edit.newLabel);
        break;
      case 'delete':
        tree.remove(find(edit));
        break;
      case 'insert': {
        const parent = findParent(edit.parent);
        checkRange(parent, edit.position, edit.adopts);
        const label = a.vocabulary.id(edit.newLabel);
        inserted.set(edit.to, tree.insert(label, edit.to, parent, edit.position, edit.adopts));
        break;
      }
      case 'move': {
        const node = find(edit);
        const parent = findParent(edit.parent);
        for (let above: GrowingNode | null = parent; above !== null; above = above.parent) {
          if (above === node) {
            throw new RangeError(`edits[${index}] must not move node ${edit.from} to a place below itself`);
          }
        }
        tree.detach(node);
        checkRange(parent, edit.position, 0);
        tree.attach(node, parent, edit.position);
        break;
      }
      default:
        throw new RangeError(`edits[${index}].kind must be one of keep, rename, delete, insert, move`);
    }
  });
  const roots = tree.top.children.length;
  if (roots > 1) throw new RangeError(`edits must leave a single tree, received a forest of ${roots} trees`);
  return tree.flatten(a);
};
