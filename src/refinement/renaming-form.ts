import type { SyntaxCursor } from '../syntax/index.js';

/** Which identifiers may differ between two codes of the same form. */
export type Renaming =
  /** Every identifier, one to one. */
  | 'all'
  /** Those that the code itself declares: parameters, local variables, its own name. */
  | 'local';

/** A syntax tree with its identifiers numbered. */
export interface RenamingForm {
  /** Equal exactly for trees that are the same up to a one-to-one renaming. */
  readonly text: string;
  /** Named nodes, excluding comments. */
  readonly nodes: number;
}

const IDENTIFIER = /identifier$|identifier_pattern$|^name$|^constant$|_variable$/;
const VARIABLE = /^identifier$|^shorthand_property_identifier(_pattern)?$|^name$|_variable$/;
const COMMENT = /(?:^|_)comment$/;
const DECLARING_FIELD = new Set(['parameters', 'parameter', 'left', 'pattern', 'declarator']);
const VALUE_FIELD = new Set(['value', 'right', 'default_value', 'type', 'object', 'body', 'index']);
const NAMED_OWNER = /declar|definition|function|method|class|parameter|lambda|for_|catch|_spec$/;
/** What stands left of an operator is read, not assigned. */
const OPERATOR = /^binary|_operator$/;
const CALL = /call|invocation|access|reference/;

interface Leaf {
  readonly type: string;
  readonly text: string;
  readonly isIdentifier: boolean;
  readonly parent: string;
  readonly start: number;
  readonly end: number;
}

/** A tree in pre-order: what stands between names, and the names. */
interface ReadForm {
  readonly parts: readonly (string | Leaf)[];
  /** Names that the code itself declares. */
  readonly declared: ReadonlySet<string>;
  readonly nodes: number;
}

/** An occurrence of a name that the code itself declares. */
export interface LocalName {
  readonly name: string;
  /** Where it stands, in UTF-16 code units of what was parsed. */
  readonly start: number;
  readonly end: number;
}

/**
 * Writes the tree below a cursor in pre-order, each identifier replaced by the number of its first occurrence
 * (node types, operators and literals stay): two trees have equal texts exactly when a one-to-one renaming of
 * identifiers turns one into the other.
 *
 * With `local`, an identifier that the tree does not declare keeps its name, and so do properties.
 *
 * Comments are left out. Iterative: depth is bounded by memory alone. Time O(nodes).
 */
export const renamingForm = (cursor: SyntaxCursor, renaming: Renaming = 'all'): RenamingForm => {
  const { parts, declared, nodes } = readForm(cursor);
  const numbers = new Map<string, number>();
  const written = parts.map((part) => {
    if (typeof part === 'string') return part;
    const renamed =
      part.isIdentifier && (renaming === 'all' || (VARIABLE.test(part.type) && declared.has(part.text)));
    if (!renamed) return ` ${JSON.stringify(part.text)}`;
    const number = numbers.get(part.text) ?? numbers.size;
    numbers.set(part.text, number);
    return ` #${number}`;
  });
  return { text: written.join(''), nodes };
};

/** Names that say something to other code: a property by its short form, an argument by its name. */
const SHOWN = /^shorthand_property_identifier/;
const SHOWN_IN = /^(keyword_argument|named_argument|pair|hash_key_symbol|argument)$/;

/**
 * Every occurrence of the names that the code at the cursor declares and that may be renamed without changing what it does:
 * its parameters, its variables and its own name.
 *
 * Names that also stand as a property or as the name of an argument are left out.
 */
export const localNames = (cursor: SyntaxCursor): LocalName[] => {
  const { parts, declared } = readForm(cursor);
  const leaves = parts.filter((part): part is Leaf => typeof part !== 'string');
  const shown = new Set(
    leaves
      .filter(
        ({ type, parent, isIdentifier }) =>
          isIdentifier && (SHOWN.test(type) || SHOWN_IN.test(parent) || !VARIABLE.test(type)),
      )
      .map(({ text }) => text),
  );
  return leaves
    .filter(
      ({ type, text, isIdentifier }) =>
        isIdentifier && VARIABLE.test(type) && declared.has(text) && !shown.has(text),
    )
    .map(({ text, start, end }) => ({ name: text, start, end }));
};

const readForm = (cursor: SyntaxCursor): ReadForm => {
  const parts: (string | Leaf)[] = [];
  const declared = new Set<string>();
  const path: { type: string; declares: boolean }[] = [];
  let nodes = 0;

  /** Visits the cursor's node; true when it was entered with children still to come. */
  const enter = (): void => {
    const type = cursor.nodeType;
    const parent = path.at(-1);
    const field = parent === undefined ? null : cursor.currentFieldName;
    let declares = parent?.declares ?? false;
    if (field !== null) {
      const isOperand = field === 'left' && OPERATOR.test(parent?.type ?? '');
      if (VALUE_FIELD.has(field) || isOperand) declares = false;
      else if (DECLARING_FIELD.has(field)) declares = true;
      else if (field === 'name')
        declares = NAMED_OWNER.test(parent?.type ?? '') && !CALL.test(parent?.type ?? '');
    }
    if (cursor.nodeIsNamed) nodes++;
    path.push({ type, declares });
    if (cursor.nodeIsMissing) parts.push(`(missing ${type}`);
    else parts.push(`(${type}`);
  };
  const addLeaf = (): void => {
    const { type, declares } = path.at(-1)!;
    // PHP's variables are local to their function wherever they stand.
    const isPhpVariable = path.at(-2)?.type === 'variable_name';
    const text = isPhpVariable ? `$${cursor.nodeText}` : cursor.nodeText;
    const isIdentifier = cursor.nodeIsNamed && IDENTIFIER.test(type) && text !== '$this';
    if (text === type && !isIdentifier) return;
    if (isPhpVariable || (declares && VARIABLE.test(type))) declared.add(text);
    const { startIndex: start, endIndex: end } = cursor;
    parts.push({ type, text, isIdentifier, parent: path.at(-2)?.type ?? '', start, end });
  };
  /** Enters the node at the cursor or its next sibling that is no comment; false when there is none. */
  const settle = (): boolean => {
    while (COMMENT.test(cursor.nodeType)) if (!cursor.gotoNextSibling()) return false;
    enter();
    return true;
  };

  enter();
  walk: for (;;) {
    if (cursor.gotoFirstChild()) {
      if (settle()) continue;
      cursor.gotoParent();
    } else addLeaf();
    for (;;) {
      path.pop();
      parts.push(')');
      if (path.length === 0) break walk;
      if (cursor.gotoNextSibling() && settle()) break;
      cursor.gotoParent();
    }
  }

  return { parts, declared, nodes };
};
