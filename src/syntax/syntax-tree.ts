import { checkOptions, type OptionNames } from '../numerics/index.js';
import type { SyntaxCursor } from './cursor.js';

/** What {@link readSyntaxTree} needs to know to read no more than is used. */
export interface ReadSyntaxTreeOptions {
  /**
   * Node kinds whose children's field names are read.
   *
   * @defaultValue all
   */
  readonly fieldParents?: ReadonlySet<string>;
}

/** Field names to their numbers. */
export const fieldTable = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.flatMap((name, number) => (name === '' ? [] : [[name, number] as const])));

/** The roots of subtrees that follow each other: a generator would take several times as long. */
class Children implements IterableIterator<number> {
  readonly #after: Int32Array;
  readonly #end: number;
  #next: number;

  constructor(after: Int32Array, first: number, end: number) {
    this.#after = after;
    this.#next = first;
    this.#end = end;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<number, undefined> {
    const value = this.#next;
    if (value >= this.#end) return { done: true, value: undefined };
    this.#next = this.#after[value]!;
    return { done: false, value };
  }
}

/**
 * The named nodes of a syntax tree in pre-order, in typed arrays: read once from a cursor, then free of the
 * parser's memory and quick to walk. Node 0 is the root; -1 stands for "no node".
 */
export class SyntaxTree {
  readonly #fieldNumbers: ReadonlyMap<string, number>;

  constructor(
    readonly source: string,
    /** Node kinds by number. */
    readonly kindNames: readonly string[],
    readonly fieldNames: readonly string[],
    readonly size: number,
    readonly kinds: Int32Array,
    /** UTF-16 units, end exclusive. */
    readonly starts: Int32Array,
    readonly ends: Int32Array,
    readonly parents: Int32Array,
    /** The sibling before, or -1. */
    readonly previous: Int32Array,
    /** The first node after the subtree, in pre-order. */
    readonly after: Int32Array,
    readonly fields: Uint8Array,
    /** ERROR and MISSING nodes. */
    readonly errors: number,
    fieldNumbers: ReadonlyMap<string, number> = fieldTable(fieldNames),
    /** Where the errors are: ERROR and MISSING nodes, and the parents of tokens that are missing, in rising order. */
    readonly errorNodes: readonly number[] = [],
  ) {
    this.#fieldNumbers = fieldNumbers;
  }

  kind(node: number): string {
    return node < 0 ? '' : this.kindNames[this.kinds[node]!]!;
  }

  /** Whether the text of a node holds a syntax error. */
  hasError(node: number): boolean {
    return this.errorNodes.some((at) => at >= node && at < this.after[node]!);
  }

  text(node: number): string {
    return node < 0 ? '' : this.source.slice(this.starts[node]!, this.ends[node]!);
  }

  parent(node: number): number {
    return node < 0 ? -1 : this.parents[node]!;
  }

  firstChild(node: number): number {
    return node >= 0 && node + 1 < this.after[node]! ? node + 1 : -1;
  }

  nextSibling(node: number): number {
    const next = this.after[node]!;
    const parent = this.parents[node]!;
    return parent >= 0 && next < this.after[parent]! ? next : -1;
  }

  /** The named child that the parent's rule calls `field`, or -1. */
  child(node: number, field: string): number {
    const index = this.#fieldNumbers.get(field);
    if (index === undefined || node < 0) return -1;
    const { fields, after } = this;
    const end = after[node]!;
    for (let child = node + 1; child < end; child = after[child]!) if (fields[child] === index) return child;
    return -1;
  }

  field(node: number): string {
    return this.fieldNames[this.fields[node]!]!;
  }

  /** The named children of a node, in the order of the file. */
  children(node: number): IterableIterator<number> {
    return node < 0 ? new Children(this.after, 0, 0) : new Children(this.after, node + 1, this.after[node]!);
  }

  /** The first child of a kind, or -1. */
  childOfKind(node: number, kind: string): number {
    for (let child = this.firstChild(node); child >= 0; child = this.nextSibling(child)) {
      if (this.kind(child) === kind) return child;
    }
    return -1;
  }
}

const grow = (array: Int32Array): Int32Array => {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
};

const READ_SYNTAX_TREE_OPTIONS: OptionNames<ReadSyntaxTreeOptions> = { fieldParents: true };

/**
 * Reads the named nodes below a cursor into a {@link SyntaxTree}.
 *
 * @param cursor Stands at the root of what is read; it is moved.
 * @param source The text that was parsed.
 * @returns The tree; it stays valid after the parser's tree is deleted.
 *
 * Time and memory O(nodes); no recursion, so depth is bounded by memory alone.
 */
export const readSyntaxTree = (
  cursor: SyntaxCursor,
  source: string,
  options: ReadSyntaxTreeOptions = {},
): SyntaxTree => {
  checkOptions('readSyntaxTree', options, READ_SYNTAX_TREE_OPTIONS);
  const { fieldParents } = options;
  const kindNames: string[] = [];
  const kindNumbers = new Map<string, number>();
  const hasFields: boolean[] = [];
  const fieldNames: string[] = [''];
  const fieldNumbers = new Map<string, number>();
  let capacity = 256 + (source.length >> 3);
  let kinds: Int32Array = new Int32Array(capacity);
  let starts: Int32Array = new Int32Array(capacity);
  let ends: Int32Array = new Int32Array(capacity);
  let parents: Int32Array = new Int32Array(capacity);
  let previous: Int32Array = new Int32Array(capacity);
  let after: Int32Array = new Int32Array(capacity);
  let lastChild: Int32Array = new Int32Array(capacity);
  let fields = new Uint8Array(capacity);
  let size = 0;
  let errors = 0;
  const errorNodes: number[] = [];

  const add = (parent: number): number => {
    if (size === capacity) {
      capacity *= 2;
      kinds = grow(kinds);
      starts = grow(starts);
      ends = grow(ends);
      parents = grow(parents);
      previous = grow(previous);
      after = grow(after);
      lastChild = grow(lastChild);
      const largerFields = new Uint8Array(capacity);
      largerFields.set(fields);
      fields = largerFields;
    }
    const kindName = cursor.nodeType;
    let kind = kindNumbers.get(kindName);
    if (kind === undefined) {
      kind = kindNames.length;
      kindNumbers.set(kindName, kind);
      kindNames.push(kindName);
      hasFields.push(fieldParents === undefined || fieldParents.has(kindName));
    }
    const node = size++;
    kinds[node] = kind;
    starts[node] = cursor.startIndex;
    ends[node] = cursor.endIndex;
    parents[node] = parent;
    lastChild[node] = -1;
    previous[node] = -1;
    if (kindName === 'ERROR' || (starts[node] === ends[node] && cursor.nodeIsMissing)) {
      errors++;
      errorNodes.push(node);
    }
    if (parent >= 0) {
      previous[node] = lastChild[parent]!;
      lastChild[parent] = node;
      if (hasFields[kinds[parent]!]!) {
        const fieldName = cursor.currentFieldName ?? '';
        let field = fieldName === '' ? 0 : fieldNumbers.get(fieldName);
        if (field === undefined) {
          field = fieldNames.length;
          fieldNumbers.set(fieldName, field);
          fieldNames.push(fieldName);
        }
        fields[node] = field;
      }
    }
    return node;
  };

  let parent = add(-1);
  // A token has no named children: only the kinds that ever had one are entered without asking twice.
  let descending = cursor.gotoFirstChild();
  let depth = descending ? 1 : 0;
  while (depth > 0) {
    if (descending) {
      if (cursor.nodeIsNamed) {
        const node = add(parent);
        if (cursor.gotoFirstChild()) {
          parent = node;
          depth++;
          continue;
        }
        after[node] = size;
      } else if (cursor.nodeIsMissing) {
        errors++;
        errorNodes.push(parent);
      }
    }
    if (cursor.gotoNextSibling()) {
      descending = true;
      continue;
    }
    cursor.gotoParent();
    after[parent] = size;
    parent = parents[parent]!;
    depth--;
    descending = false;
  }
  after[0] = size;
  return new SyntaxTree(
    source,
    kindNames,
    fieldNames,
    size,
    kinds.subarray(0, size),
    starts.subarray(0, size),
    ends.subarray(0, size),
    parents.subarray(0, size),
    previous.subarray(0, size),
    after.subarray(0, size),
    fields.subarray(0, size),
    errors,
    fieldNumbers,
    errorNodes,
  );
};
