import type { FlatTree } from '../tree/flat-tree.js';
import type { EditedParent, TreeEdit } from './tree-edit.js';

/**
 * An edit script as text, one line per edit, nodes by their place in postorder.
 *
 * @param trees Give the two trees to have places in the source, as UTF-16 offsets, for nodes that know theirs.
 * @see formatCodeDiff for people who think in lines of code.
 *
 * @example
 * ```ts
 * import { editScript, flattenObject, formatEditScript, treeEditMapping } from 'oasis-embed';
 *
 * const a = flattenObject({ label: 'f', children: [{ label: 'x' }, { label: 'y' }] });
 * const b = flattenObject({ label: 'g', children: [{ label: 'y' }] });
 * console.log(formatEditScript(editScript(a, b, treeEditMapping(a, b))));
 * // delete x (0)
 * // rename f (2) to g (1)
 * ```
 */
export const formatEditScript = (
  edits: readonly TreeEdit[],
  trees?: { readonly a: FlatTree; readonly b: FlatTree },
): string => {
  const under = (parent: EditedParent | null, position: number): string =>
    parent === null ? 'as the root' : `under ${parent.label} (${place(trees?.b, parent.to)}) at ${position}`;
  return edits
    .map((edit) => {
      const before = `${edit.label} (${place(trees?.a, edit.from)})`;
      const after = `${edit.newLabel} (${place(trees?.b, edit.to)})`;
      switch (edit.kind) {
        case 'insert': {
          const adopting = edit.adopts === 0 ? '' : `, adopting ${edit.adopts}`;
          return `insert ${after} ${under(edit.parent, edit.position)}${adopting}`;
        }
        case 'move':
          return `move ${before} of ${edit.size} nodes to ${after} ${under(edit.parent, edit.position)}`;
        case 'delete':
          return `delete ${before}`;
        default:
          return edit.kind === 'rename' ? `rename ${before} to ${after}` : `keep ${before} as ${after}`;
      }
    })
    .join('\n');
};

const place = (tree: FlatTree | undefined, node: number): string => {
  const positions = tree?.positions;
  if (positions === undefined || positions === null) return String(node);
  return `${node} at ${positions.starts[node]}-${positions.ends[node]}`;
};
