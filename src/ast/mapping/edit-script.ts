import type { FlatTree } from '../tree/flat-tree.js';
import type { TreeMapping } from './tree-edit-mapping.js';

/** One step of an edit script; nodes are named by their place in postorder, −1 where there is none. */
export interface TreeEdit {
  readonly kind: 'keep' | 'rename' | 'delete' | 'insert';
  /** The node of the first tree, or −1 for an insertion. */
  readonly from: number;
  /** The node of the second tree, or −1 for a deletion. */
  readonly to: number;
  /** The label before, or null for an insertion. */
  readonly label: string | null;
  /** The label after, or null for a deletion. */
  readonly newLabel: string | null;
}

export interface EditScriptOptions {
  /**
   * Whether nodes that stay as they are get a step of their own.
   *
   * @defaultValue false
   */
  readonly keep?: boolean;
}

/**
 * The edits that a mapping stands for: deletions and renames in the postorder of the first tree, each insertion
 * before the next node of the second tree that is kept.
 *
 * @param mapping What `treeEditMapping(a, b)` returned.
 * @throws RangeError when the mapping is not of these trees.
 * Time and memory O(|a| + |b|).
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
export const editScript = (
  a: FlatTree,
  b: FlatTree,
  mapping: TreeMapping,
  options: EditScriptOptions = {},
): TreeEdit[] => {
  const { targets, sources } = mapping;
  if (targets.length !== a.size || sources.length !== b.size) {
    throw new RangeError(
      `mapping must be of trees of ${a.size} and ${b.size} nodes, received ${targets.length} and ${sources.length}`,
    );
  }
  const edits: TreeEdit[] = [];
  const nameA = (i: number) => a.vocabulary.name(a.labels[i]!);
  const nameB = (j: number) => b.vocabulary.name(b.labels[j]!);
  let j = 0;
  const insertUpTo = (end: number) => {
    for (; j < end; j++) {
      if (sources[j] === -1) edits.push({ kind: 'insert', from: -1, to: j, label: null, newLabel: nameB(j) });
    }
  };
  for (let i = 0; i < a.size; i++) {
    const to = targets[i]!;
    if (to === -1) {
      edits.push({ kind: 'delete', from: i, to: -1, label: nameA(i), newLabel: null });
      continue;
    }
    insertUpTo(to);
    const kind = a.labels[i] === b.labels[to] ? 'keep' : 'rename';
    if (kind === 'rename' || options.keep === true) {
      edits.push({ kind, from: i, to, label: nameA(i), newLabel: nameB(to) });
    }
  }
  insertUpTo(b.size);
  return edits;
};

/**
 * An edit script as text, a line an edit, nodes by their place in postorder.
 *
 * @param trees Give the two trees to have places in the source, as UTF-16 offsets, for nodes that know theirs.
 */
export const formatEditScript = (
  edits: readonly TreeEdit[],
  trees?: { readonly a: FlatTree; readonly b: FlatTree },
): string =>
  edits
    .map(({ kind, from, to, label, newLabel }) => {
      const before = `${label} (${place(trees?.a, from)})`;
      const after = `${newLabel} (${place(trees?.b, to)})`;
      if (kind === 'insert') return `insert ${after}`;
      if (kind === 'delete') return `delete ${before}`;
      return kind === 'rename' ? `rename ${before} to ${after}` : `keep ${before} as ${after}`;
    })
    .join('\n');

const place = (tree: FlatTree | undefined, node: number): string => {
  const positions = tree?.positions;
  if (positions === undefined || positions === null) return String(node);
  return `${node} at ${positions.starts[node]}-${positions.ends[node]}`;
};
