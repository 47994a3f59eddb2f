import {
  codeWithoutComments,
  type FunctionHead,
  type LanguageDefinition,
  type SyntaxTree,
} from '../../syntax/index.js';
import { fileDocKind, kindOfDoc } from '../docs/doc-kind.js';
import { fileDoc } from '../docs/file-doc.js';
import type { FoundFunction, FoundUnit } from './file-facts.js';
import { memberNames } from './member-names.js';

const SIGNATURE_LIMIT = 400;

/** A head without what opens the body behind it. */
const withoutOpening = (head: string): string => {
  const line = head.trimEnd();
  const length = line.endsWith('=>') ? 2 : /[{=:]$/.test(line.slice(-1)) ? 1 : 0;
  return length === 0 ? line : line.slice(0, -length).trimEnd();
};

/** A declaration up to its body, without comments, on one line. */
export const signatureOf = (
  tree: SyntaxTree,
  { outer, body, from: first = outer }: Pick<FunctionHead, 'outer' | 'body' | 'from'>,
  { commentKinds }: LanguageDefinition,
): string => {
  const start = tree.starts[first]!;
  // An empty method of Ruby is its own body.
  const isEmpty = body === first;
  const end = body >= 0 && !isEmpty ? tree.starts[body]! : tree.ends[outer]!;
  let text = '';
  let from = start;
  for (let at = first; at < tree.after[outer]! && tree.starts[at]! < end; at++) {
    if (!commentKinds.has(tree.kind(at))) continue;
    text += tree.source.slice(from, tree.starts[at]!);
    from = tree.ends[at]!;
  }
  if (from < end) text += tree.source.slice(from, Math.min(end, from + 4 * SIGNATURE_LIMIT));
  const joined = text.replace(/\s+/g, ' ');
  const line = isEmpty ? joined.replace(/;?\s*end$/, '') : withoutOpening(joined);
  return line.length > SIGNATURE_LIMIT ? `${line.slice(0, SIGNATURE_LIMIT - 1)}…` : line;
};

/** Out from a class to the declaration, decorators and `export` that hold nothing but it. */
export const outermost = (
  tree: SyntaxTree,
  node: number,
  { classWrappers, typeKinds, scopeKinds }: LanguageDefinition,
): number => {
  let at = node;
  for (let parent = tree.parent(at); classWrappers.has(tree.kind(parent)); parent = tree.parent(at)) {
    for (const child of tree.children(parent)) {
      if (child === at) continue;
      const kind = tree.kind(child);
      if (tree.kinds[child] === tree.kinds[at] || typeKinds.has(kind) || scopeKinds.has(kind)) return at;
    }
    at = parent;
  }
  return at;
};

/** A head for what is no function, to ask for its doc. */
export const headOf = (name: string, outer: number, body = -1): FunctionHead => ({
  name,
  isDefaultExport: false,
  kind: 'function',
  owner: [],
  ownerIsClass: false,
  outer,
  anchor: outer,
  body,
  isLexical: false,
  isFileLocal: false,
  parameters: [],
  arity: [0, 0],
});

/** A class as a unit, without its code, which waits for all docs in it; null for no class as one reads it. */
export const classUnit = (
  tree: SyntaxTree,
  node: number,
  definition: LanguageDefinition,
  name: string,
  qualifiedName: string,
): { readonly unit: FoundUnit; readonly outer: number; readonly insideDoc: number } | null => {
  if (definition.looseScopeKinds.has(tree.kind(node))) return null;
  const outer = outermost(tree, node, definition);
  const body = tree.child(node, 'body');
  const head = headOf(name, outer, body);
  const doc = definition.findDoc(tree, node, head);
  const unit: FoundUnit = {
    kind: 'class',
    name,
    qualifiedName,
    start: tree.starts[outer]!,
    end: tree.ends[outer]!,
    signature: signatureOf(tree, { outer, body: body >= 0 ? body : bodyLike(tree, node) }, definition),
    parameters: [],
    code: '',
    doc: doc?.text ?? null,
    docKind: kindOfDoc(tree, definition, doc, outer),
    members: memberNames(tree, node),
  };
  return { unit, outer, insideDoc: doc?.inside ?? -1 };
};

/** Where a declaration without a `body` field opens its members: a struct's fields, an interface's methods. */
const bodyLike = (tree: SyntaxTree, node: number): number => {
  const type = tree.child(node, 'type');
  return tree.childOfKind(type, 'field_declaration_list');
};

/** A whole file as a unit, without its code, which waits for all docs in it. */
export const fileUnit = (
  tree: SyntaxTree,
  definition: LanguageDefinition,
  path: string,
): { readonly unit: FoundUnit; readonly insideDoc: number } => {
  const doc = fileDoc(tree, definition);
  const unit: FoundUnit = {
    kind: 'file',
    name: path.slice(path.lastIndexOf('/') + 1),
    qualifiedName: path,
    start: 0,
    end: tree.source.length,
    signature: path,
    parameters: [],
    code: '',
    doc: doc?.text ?? null,
    docKind: fileDocKind(doc),
  };
  return { unit, insideDoc: doc?.inside ?? -1 };
};

interface Gathered {
  readonly units: readonly FoundUnit[];
  readonly functions: readonly FoundFunction[];
  /** Changed where a method joins its class. */
  readonly unitOfFunction: (FoundUnit | null)[];
  readonly unitNodes: ReadonlyMap<FoundUnit, number>;
  readonly insideDocs: readonly number[];
  /** Whether a method stays a unit beside its class. */
  readonly keepsMethods: boolean;
}

/**
 * Gives each class the methods that its file declares outside of it, as Go does, and classes and files their
 * code without comments and docs.
 */
export const attachMethods = (
  tree: SyntaxTree,
  definition: LanguageDefinition,
  { units, functions, unitOfFunction, unitNodes, insideDocs, keepsMethods }: Gathered,
): { readonly units: readonly FoundUnit[]; readonly numberOf: (unit: FoundUnit | null) => number } => {
  const classes = new Map<string, FoundUnit>();
  for (const unit of units) if (unit.kind === 'class') classes.set(unit.name, unit);
  const joined = new Map<FoundUnit, FoundUnit>();
  const methodCode = new Map<FoundUnit, string[]>();
  functions.forEach((found, number) => {
    const unit = unitOfFunction[number]!;
    const owner = found.head.ownerIsClass ? classes.get(found.head.owner.at(-1) ?? '') : undefined;
    if (unit !== found || owner === undefined) return;
    if (!keepsMethods) joined.set(found, owner);
    const codes = methodCode.get(owner);
    if (codes === undefined) methodCode.set(owner, [found.code]);
    else codes.push(found.code);
  });
  const docs = [...insideDocs].sort((a, b) => a - b);
  const within = (node: number) => docs.slice(firstFrom(docs, node), firstFrom(docs, tree.after[node]!));
  const numbers = new Map<FoundUnit, number>();
  const finished: FoundUnit[] = [];
  for (const unit of units) {
    if (joined.has(unit)) continue;
    numbers.set(unit, finished.length);
    const node = unit.kind === 'file' ? 0 : unitNodes.get(unit);
    if (node === undefined) finished.push(unit);
    else {
      const own = codeWithoutComments(tree, node, definition, within(node));
      finished.push({ ...unit, code: [own, ...(methodCode.get(unit) ?? [])].join('\n\n') });
    }
  }
  return {
    units: finished,
    numberOf(unit) {
      return unit === null ? -1 : numbers.get(joined.get(unit) ?? unit)!;
    },
  };
};

/** The first place in a rising list whose number is at least `limit`. */
const firstFrom = (list: readonly number[], limit: number): number => {
  const at = list.findIndex((number) => number >= limit);
  return at < 0 ? list.length : at;
};
