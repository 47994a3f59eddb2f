import { codeWithoutComments, type LanguageDefinition, type SyntaxTree } from '../../syntax/index.js';
import { fileDocKind, kindOfDoc } from '../docs/doc-kind.js';
import { fileDoc } from '../docs/file-doc.js';
import { headOf, outermost, signatureOf } from './describe-unit.js';
import type { FoundUnit } from './file-facts.js';
import { memberNames, namesOf } from './member-names.js';

const NAME = /(^|_)identifier$|^(name|constant)$/;

/** The name of a type, and where its members begin; null for what only mentions one. */
const typeName = (tree: SyntaxTree, node: number): { name: string; body: number } | null => {
  const isSpecifier = /^(struct|union|enum)_specifier$/.test(tree.kind(node));
  let body = -1;
  let own = -1;
  let last = -1;
  for (const child of tree.children(node)) {
    const kind = tree.kind(child);
    if (/(_body|_list|^object_type)$/.test(kind) && !/^(type_)?parameter/.test(kind) && body < 0)
      body = child;
    if (NAME.test(kind)) {
      if (own < 0) own = child;
      last = child;
    } else if (kind === 'scoped_type_identifier' && own < 0) own = child;
  }
  if (isSpecifier) {
    // `struct s x;` mentions a type, and a typedef tells of the one in it.
    if (body < 0 || own < 0 || tree.kind(tree.parent(node)) === 'type_definition') return null;
    return { name: tree.text(own), body };
  }
  if (tree.kind(node) !== 'type_definition' || !/^typedef\b/.test(tree.text(node)))
    return own < 0 ? null : { name: tree.text(own), body };
  const inner = tree.firstChild(node);
  const list = /_specifier$/.test(tree.kind(inner)) ? tree.childOfKind(inner, 'field_declaration_list') : -1;
  const name = last >= 0 ? tree.text(last) : (/\(\s*\*\s*(\w+)\s*\)/.exec(tree.text(node))?.[1] ?? '');
  return name === '' ? null : { name, body: list };
};

export interface DeclaredUnit {
  readonly unit: FoundUnit;
  readonly outer: number;
  readonly insideDoc: number;
}

/** An interface, type alias, enumeration or struct that holds no functions. */
export const typeUnit = (
  tree: SyntaxTree,
  node: number,
  definition: LanguageDefinition,
  around: readonly string[],
): DeclaredUnit | null => {
  const found = typeName(tree, node);
  if (found === null) return null;
  const outer = outermost(tree, node, definition);
  const doc = definition.findDoc(tree, node, headOf(found.name, outer, found.body));
  const unit: FoundUnit = {
    kind: 'class',
    name: found.name,
    qualifiedName: [...around, found.name].join('.'),
    start: tree.starts[outer]!,
    end: tree.ends[outer]!,
    signature: signatureOf(tree, { outer, body: found.body }, definition),
    parameters: [],
    code: '',
    doc: doc?.text ?? null,
    docKind: kindOfDoc(tree, definition, doc, outer),
    members: memberNames(tree, node),
  };
  return { unit, outer, insideDoc: doc?.inside ?? -1 };
};

/** Nodes that a constant at the top of a file may stand in. */
const TOP =
  /^(program|module|translation_unit|source_file|compilation_unit|source|export_statement|const_declaration|var_declaration|var_spec_list|namespace_definition|namespace_declaration|declaration_list|object_definition|template_body|preproc_\w+|mod_item|statement_block|internal_module|expression_statement)$/;

/** A constant or variable at the top of a file that has a doc. */
export const constantUnit = (
  tree: SyntaxTree,
  node: number,
  definition: LanguageDefinition,
  around: readonly string[],
): DeclaredUnit | null => {
  for (let at = tree.parent(node); at >= 0; at = tree.parent(at)) if (!TOP.test(tree.kind(at))) return null;
  let outer = node;
  const parent = tree.parent(node);
  const isWrapped = /^(export_statement|const_declaration|var_declaration)$/.test(tree.kind(parent));
  if (isWrapped && tree.children(parent).next().value === node && tree.nextSibling(node) < 0) outer = parent;
  for (let at = node + 1; at < tree.after[node]!; at++) {
    // `const f = () => …` declares a function, and `int f(int);` one that is elsewhere.
    if (definition.functionKinds.has(tree.kind(at)) || definition.scopeKinds.has(tree.kind(at)))
      if (!definition.looseScopeKinds.has(tree.kind(at))) return null;
    if (tree.kind(at) === 'function_declarator') return null;
  }
  const names = namesOf(tree, node);
  const name = names[0];
  if (name === undefined || !/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(name)) return null;
  const doc = definition.findConstantDoc
    ? definition.findConstantDoc(tree, node)
    : definition.findDoc(tree, node, headOf(name, outer));
  if (doc === null) return null;
  const unit: FoundUnit = {
    kind: 'constant',
    name,
    qualifiedName: [...around, name].join('.'),
    start: tree.starts[outer]!,
    end: tree.ends[outer]!,
    signature: signatureOf(tree, { outer, body: -1 }, definition),
    parameters: [],
    code: '',
    doc: doc.text,
    docKind: kindOfDoc(tree, definition, doc, outer),
    members: names,
  };
  return { unit, outer, insideDoc: doc.inside };
};

/** What stands at the top of a file and is no code that runs. */
const QUIET =
  /^(php_tag|text|hash_bang_line|package_\w+|package|import\w*|use_declaration|using_\w+|namespace_use_declaration|preproc_\w+|empty_statement|module_clause|inner_attribute_item|attribute_item|mod_item|extern_crate_declaration|declare_statement|type_declaration|global_attribute)$/;

/**
 * The code that a file runs itself: what stands at its top in no unit, with the file's doc; null for a file that
 * only declares.
 *
 * @param taken Nodes of the other units.
 */
export const moduleUnit = (
  tree: SyntaxTree,
  definition: LanguageDefinition,
  path: string,
  taken: ReadonlySet<number>,
): FoundUnit | null => {
  const own: number[] = [];
  for (const child of tree.children(0)) {
    const kind = tree.kind(child);
    if (QUIET.test(kind) || definition.commentKinds.has(kind)) continue;
    if (definition.scopeKinds.has(kind) || definition.functionKinds.has(kind)) continue;
    if (definition.typeKinds.has(kind)) continue;
    let holdsUnit = false;
    // A prototype tells of a function that is elsewhere.
    for (let at = child; at < tree.after[child]! && !holdsUnit; at++)
      holdsUnit = taken.has(at) || (kind === 'declaration' && tree.kind(at) === 'function_declarator');
    if (!holdsUnit) own.push(child);
  }
  const doc = fileDoc(tree, definition);
  const code = own
    .filter((node) => node !== doc?.inside)
    .map((node) => codeWithoutComments(tree, node, definition))
    .filter((text) => text.trim() !== '')
    .join('\n');
  if (code === '') return null;
  return {
    kind: 'module',
    name: path.slice(path.lastIndexOf('/') + 1),
    qualifiedName: path,
    start: tree.starts[own[0]!]!,
    end: tree.ends[own.at(-1)!]!,
    signature: path,
    parameters: [],
    code,
    doc: doc?.text ?? null,
    docKind: fileDocKind(doc),
  };
};
