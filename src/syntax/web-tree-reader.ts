import type { ParsedTree } from './parsed-tree.js';
import { fieldTable, SyntaxTree } from './syntax-tree.js';

/** Reads a parsed tree in one go. */
export type TreeReader = (
  tree: ParsedTree,
  source: string,
  fieldParents: ReadonlySet<string> | undefined,
) => SyntaxTree;

type CursorCall = (tree: number) => number;

/** Functions of `web-tree-sitter`'s WebAssembly module that work on the one cursor in its transfer buffer. */
const CALLS = [
  '_ts_tree_root_node_wasm',
  '_ts_node_has_error_wasm',
  '_ts_tree_cursor_new_wasm',
  '_ts_tree_cursor_delete_wasm',
  '_ts_tree_cursor_goto_first_child_wasm',
  '_ts_tree_cursor_goto_next_sibling_wasm',
  '_ts_tree_cursor_goto_parent_wasm',
  '_ts_tree_cursor_current_node_type_id_wasm',
  '_ts_tree_cursor_current_node_is_missing_wasm',
  '_ts_tree_cursor_current_field_id_wasm',
  '_ts_tree_cursor_start_index_wasm',
  '_ts_tree_cursor_end_index_wasm',
] as const;

/** What a grammar's `Language` of `web-tree-sitter` tells of its numbers. */
export interface LanguageTables {
  /** Node kinds by number; numbers without a kind are undefined or empty. */
  readonly types: readonly (string | null | undefined)[];
  /** Field names by number, from 1. */
  readonly fields: readonly (string | null | undefined)[];
  nodeTypeIsNamed(type: number): boolean;
}

const ERROR_TYPE = 0xffff;

/** Room for nodes, shared by all reads: each result is copied out at its true size. */
let room = 1 << 14;
let kinds = /* @__PURE__ */ new Uint16Array(room);
let starts = /* @__PURE__ */ new Int32Array(room);
let ends = /* @__PURE__ */ new Int32Array(room);
let parents = /* @__PURE__ */ new Int32Array(room);
let previous = /* @__PURE__ */ new Int32Array(room);
let after = /* @__PURE__ */ new Int32Array(room);
let lastChild = /* @__PURE__ */ new Int32Array(room);
let fields = /* @__PURE__ */ new Uint8Array(room);

const enlarge = (): void => {
  room *= 2;
  const grown = (array: Int32Array): Int32Array<ArrayBuffer> => {
    const larger = new Int32Array(room);
    larger.set(array);
    return larger;
  };
  const largerKinds = new Uint16Array(room);
  largerKinds.set(kinds);
  kinds = largerKinds;
  starts = grown(starts);
  ends = grown(ends);
  parents = grown(parents);
  previous = grown(previous);
  after = grown(after);
  lastChild = grown(lastChild);
  const largerFields = new Uint8Array(room);
  largerFields.set(fields);
  fields = largerFields;
};

/** A hostile file may need much room; it is not held for the next. */
const KEPT_ROOM = 1 << 20;

const shrink = (): void => {
  if (room <= KEPT_ROOM) return;
  room = 1 << 14;
  kinds = new Uint16Array(room);
  starts = new Int32Array(room);
  ends = new Int32Array(room);
  parents = new Int32Array(room);
  previous = new Int32Array(room);
  after = new Int32Array(room);
  lastChild = new Int32Array(room);
  fields = new Uint8Array(room);
};

/**
 * A reader that calls the WebAssembly functions behind `web-tree-sitter`'s cursor themselves: the cursor object
 * copies its state in and out of WebAssembly's memory at every step, which takes longer than the steps.
 *
 * @param module The object that was given to `Parser.init`; it holds the functions if it was the first so given.
 * @returns Null where `module` lacks a function: the cursor will do.
 */
export const webTreeReader = (module: object, language: LanguageTables): TreeReader | null => {
  const calls: CursorCall[] = [];
  for (const name of CALLS) {
    const call: unknown = Reflect.get(module, name);
    if (typeof call !== 'function') return null;
    calls.push(call as CursorCall);
  }
  const [rootNode, hasError, open, close, firstChild, nextSibling, parentNode] = calls as [
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
  ];
  const [typeOf, isMissing, fieldOf, startOf, endOf] = calls.slice(7) as [
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
    CursorCall,
  ];
  const error = language.types.length;
  const kindNames = [...language.types.map((name) => name ?? ''), 'ERROR'];
  const fieldNames = language.fields.map((name) => name ?? '');
  const fieldNumbers = fieldTable(fieldNames);
  const isNamed = new Uint8Array(kindNames.length);
  for (let type = 0; type < error; type++) isNamed[type] = language.nodeTypeIsNamed(type) ? 1 : 0;
  isNamed[error] = 1;
  const hasFieldsBy = new Map<ReadonlySet<string> | undefined, Uint8Array>();

  return (parsed, source, fieldParents) => {
    // The address of the tree in WebAssembly's memory.
    const tree = (parsed as { readonly 0?: number })[0];
    if (typeof tree !== 'number') throw new TypeError('the tree must be one of web-tree-sitter');
    let hasFields = hasFieldsBy.get(fieldParents);
    if (hasFields === undefined) {
      hasFields = Uint8Array.from(kindNames, (name) => (fieldParents?.has(name) === false ? 0 : 1));
      hasFieldsBy.set(fieldParents, hasFields);
    }
    rootNode(tree);
    const mayHaveErrors = hasError(tree) === 1;
    rootNode(tree);
    open(tree);
    let size = 0;
    let errors = 0;
    const errorNodes: number[] = [];
    let parent = -1;
    let depth = 0;
    let isDescending = true;
    for (;;) {
      if (isDescending) {
        const type = typeOf(tree);
        const kind = type === ERROR_TYPE ? error : type;
        if (isNamed[kind] === 1 || size === 0) {
          if (size === room) enlarge();
          const node = size++;
          kinds[node] = kind;
          starts[node] = startOf(tree);
          ends[node] = endOf(tree);
          parents[node] = parent;
          lastChild[node] = -1;
          previous[node] = -1;
          fields[node] = 0;
          if (mayHaveErrors && (kind === error || (starts[node] === ends[node] && isMissing(tree) === 1))) {
            errors++;
            errorNodes.push(node);
          }
          if (parent >= 0) {
            previous[node] = lastChild[parent]!;
            lastChild[parent] = node;
            if (hasFields[kinds[parent]!] === 1) fields[node] = fieldOf(tree);
          }
          if (firstChild(tree) === 1) {
            parent = node;
            depth++;
            continue;
          }
          after[node] = size;
        } else if (mayHaveErrors && isMissing(tree) === 1) {
          errors++;
          errorNodes.push(parent);
        }
      }
      if (depth === 0) break;
      if (nextSibling(tree) === 1) {
        isDescending = true;
        continue;
      }
      parentNode(tree);
      after[parent] = size;
      parent = parents[parent]!;
      depth--;
      isDescending = false;
    }
    close(tree);
    // One block of memory for all: seven take longer to get than to fill.
    const block = new ArrayBuffer(25 * size);
    const column = (number: number, values: ArrayLike<number>): Int32Array => {
      const copy = new Int32Array(block, 4 * number * size, size);
      copy.set(values);
      return copy;
    };
    const fieldColumn = new Uint8Array(block, 24 * size, size);
    fieldColumn.set(fields.subarray(0, size));
    const read = new SyntaxTree(
      source,
      kindNames,
      fieldNames,
      size,
      column(0, kinds.subarray(0, size)),
      column(1, starts.subarray(0, size)),
      column(2, ends.subarray(0, size)),
      column(3, parents.subarray(0, size)),
      column(4, previous.subarray(0, size)),
      column(5, after.subarray(0, size)),
      fieldColumn,
      errors,
      fieldNumbers,
      errorNodes,
    );
    shrink();
    return read;
  };
};
