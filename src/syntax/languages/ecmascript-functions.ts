import type { FunctionHead, NamedScope } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { namingPlace } from './ecmascript-wrappers.js';

/** A key that is no longer than this is a name; a longer one is a text. */
const KEY_LIMIT = 100;

/** An identifier, the text of a string key, `[Symbol.x]`, or null for a key that is computed. */
export const keyName = (tree: SyntaxTree, node: number): string | null => {
  switch (tree.kind(node)) {
    case 'identifier':
    case 'property_identifier':
    case 'shorthand_property_identifier':
    case 'private_property_identifier':
    case 'type_identifier':
      return tree.text(node);
    case 'string': {
      const text = tree.text(node).slice(1, -1);
      return text === '' || text.length > KEY_LIMIT ? null : text;
    }
    case 'computed_property_name':
      return computedKey(tree, tree.firstChild(node));
    default:
      return null;
  }
};

/** What stands between brackets: a string, or one of the well-known symbols. */
const computedKey = (tree: SyntaxTree, node: number): string | null => {
  if (tree.kind(node) === 'string') return keyName(tree, node);
  const text = tree.kind(node) === 'member_expression' ? tree.text(node) : '';
  return /^Symbol\.\w+$/.test(text) ? `[${text}]` : null;
};

/** `a.b.c` as names, or null when some part is not a plain name. */
export const memberPath = (tree: SyntaxTree, node: number): string[] | null => {
  const { names, isWhole } = trailingPath(tree, node);
  return isWhole ? names : null;
};

/** The plain names at the end of a path, and whether they are all of it: `b.c` of `f().b.c`. */
const trailingPath = (tree: SyntaxTree, node: number): { names: string[]; isWhole: boolean } => {
  const names: string[] = [];
  const finish = (isWhole: boolean) => ({ names: names.reverse(), isWhole });
  let at = node;
  for (;;) {
    switch (tree.kind(at)) {
      case 'identifier':
      case 'this':
      case 'super':
        names.push(tree.text(at));
        return finish(true);
      case 'member_expression': {
        names.push(tree.text(tree.child(at, 'property')));
        at = tree.child(at, 'object');
        break;
      }
      case 'subscript_expression': {
        const key = computedKey(tree, tree.child(at, 'index'));
        if (key === null) return finish(false);
        names.push(key);
        at = tree.child(at, 'object');
        break;
      }
      case 'parenthesized_expression':
      case 'non_null_expression':
      case 'as_expression':
      case 'satisfies_expression':
        at = tree.firstChild(at);
        break;
      default:
        return finish(false);
    }
  }
};

const parameterName = (tree: SyntaxTree, node: number): string => {
  switch (tree.kind(node)) {
    case 'assignment_pattern':
      return parameterName(tree, tree.child(node, 'left'));
    case 'required_parameter':
    case 'optional_parameter':
      return parameterName(tree, tree.child(node, 'pattern'));
    case 'rest_pattern':
      return parameterName(tree, tree.firstChild(node));
    default:
      return tree.text(node).replace(/\s+/g, ' ');
  }
};

const readParameters = (
  tree: SyntaxTree,
  node: number,
): { readonly names: string[]; readonly arity: [number, number] } => {
  const single = tree.child(node, 'parameter');
  if (single >= 0) return { names: [tree.text(single)], arity: [1, 1] };
  const list = tree.child(node, 'parameters');
  const names: string[] = [];
  let fewest = 0;
  let most = 0;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind === 'comment' || kind === 'decorator') continue;
    const pattern = kind.endsWith('_parameter') ? tree.child(child, 'pattern') : child;
    if (tree.kind(pattern) === 'this') continue;
    names.push(parameterName(tree, child));
    if (tree.kind(pattern) === 'rest_pattern') most = Number.POSITIVE_INFINITY;
    else {
      most++;
      const isOptional =
        kind === 'assignment_pattern' || kind === 'optional_parameter' || tree.child(child, 'value') >= 0;
      if (!isOptional) fewest = names.length;
    }
  }
  return { names, arity: [fewest, most] };
};

interface Naming {
  readonly name: string | null;
  readonly owner: readonly string[];
  readonly ownerIsClass: boolean;
  readonly isLexical: boolean;
  readonly outer: number;
  readonly anchor: number;
  readonly isDefaultExport: boolean;
}

const ANONYMOUS = { name: null, owner: [], ownerIsClass: false, isLexical: false, isDefaultExport: false };

/** The statement around a declaration: what a doc comment stands above. */
const statementAround = (tree: SyntaxTree, node: number): number => {
  const parent = tree.parent(node);
  return tree.kind(parent) === 'export_statement' ? parent : node;
};

/** The left side of an assignment; in `x ||= y` the grammar calls it nothing. */
const assignedTo = (tree: SyntaxTree, assignment: number): number => {
  const left = tree.child(assignment, 'left');
  return left >= 0 ? left : tree.firstChild(assignment);
};

const namedByAssignment = (tree: SyntaxTree, assignment: number): Naming => {
  let outer = assignment;
  while (tree.kind(tree.parent(outer)) === 'assignment_expression') outer = tree.parent(outer);
  const declarator = tree.parent(outer);
  if (tree.kind(declarator) === 'variable_declarator') outer = tree.parent(declarator);
  else if (tree.kind(declarator) === 'expression_statement') outer = declarator;
  else if (tree.kind(declarator) === 'sequence_expression') outer = assignment;
  const anchor = statementAround(tree, outer);
  const { names: path } = trailingPath(tree, assignedTo(tree, assignment));
  const last = path.at(-1);
  if (last === undefined) return { ...ANONYMOUS, outer, anchor };
  const isModule = path.length === 2 && path[0] === 'module' && last === 'exports';
  if (isModule) return { ...ANONYMOUS, outer, anchor, isDefaultExport: true };
  const isThis = path[0] === 'this';
  const owners = path
    .slice(0, -1)
    .filter(
      (name) =>
        !['this', 'module', 'exports', 'prototype', 'window', 'self', 'root', 'globalThis'].includes(name),
    );
  const isPrototype = path.at(-2) === 'prototype';
  return {
    name: last,
    owner: owners,
    ownerIsClass: isPrototype || (isThis && path.length === 2),
    isLexical: path.length === 1,
    outer,
    anchor,
    isDefaultExport: false,
  };
};

const nameOf = (tree: SyntaxTree, node: number): Naming => {
  const kind = tree.kind(node);
  const own = tree.child(node, 'name');
  if (kind === 'method_definition') {
    return { ...ANONYMOUS, name: keyName(tree, own), outer: node, anchor: node };
  }
  if (kind === 'function_declaration' || kind === 'generator_function_declaration') {
    const anchor = statementAround(tree, node);
    return { ...ANONYMOUS, name: tree.text(own) || null, isLexical: true, outer: node, anchor };
  }
  const ownName = own < 0 ? null : tree.text(own);
  const place = namingPlace(tree, node);
  if (place < 0) return { ...ANONYMOUS, name: ownName, outer: node, anchor: node };
  const parent = tree.parent(place);
  switch (tree.kind(parent)) {
    case 'variable_declarator': {
      if (tree.child(parent, 'value') !== place) break;
      const declaration = tree.parent(parent);
      const first = tree.firstChild(declaration);
      const isOnly = first === parent && tree.nextSibling(parent) < 0;
      const anchor = first === parent ? statementAround(tree, declaration) : parent;
      const name = keyName(tree, tree.child(parent, 'name')) ?? ownName;
      return { ...ANONYMOUS, name, isLexical: true, outer: isOnly ? declaration : parent, anchor };
    }
    case 'pair':
      if (tree.child(parent, 'value') !== place) break;
      return {
        ...ANONYMOUS,
        name: keyName(tree, tree.child(parent, 'key')) ?? ownName,
        outer: parent,
        anchor: parent,
      };
    case 'field_definition':
    case 'public_field_definition': {
      const key =
        tree.child(parent, 'property') >= 0 ? tree.child(parent, 'property') : tree.child(parent, 'name');
      return { ...ANONYMOUS, name: keyName(tree, key), outer: parent, anchor: parent };
    }
    case 'assignment_expression':
    case 'augmented_assignment_expression': {
      if (place === assignedTo(tree, parent)) break;
      const naming = namedByAssignment(tree, parent);
      return naming.name === null && ownName !== null ? { ...naming, name: ownName } : naming;
    }
    case 'assignment_pattern':
      return { ...ANONYMOUS, name: ownName, outer: node, anchor: node };
    case 'export_statement':
      return { ...ANONYMOUS, name: ownName, outer: parent, anchor: parent, isDefaultExport: true };
    case 'return_statement':
      return { ...ANONYMOUS, name: ownName, outer: node, anchor: parent };
  }
  return { ...ANONYMOUS, name: ownName, outer: node, anchor: node };
};

/** What a function node of JavaScript or TypeScript is called and where it and its doc stand. */
export const describeEcmaScriptFunction = (tree: SyntaxTree, node: number): FunctionHead => {
  const naming = nameOf(tree, node);
  const { names, arity } = readParameters(tree, node);
  const head = tree.source.slice(
    tree.starts[node]!,
    Math.max(tree.starts[node]!, tree.starts[tree.child(node, 'name')] ?? 0),
  );
  const isMethod = tree.kind(node) === 'method_definition';
  const isAccessor = isMethod && /(^|\s)(get|set)\s*$/.test(head);
  const isConstructor =
    isMethod && naming.name === 'constructor' && tree.kind(tree.parent(node)) === 'class_body';
  return {
    ...naming,
    isFileLocal: false,
    kind: isConstructor
      ? 'constructor'
      : isAccessor
        ? 'accessor'
        : isMethod || naming.ownerIsClass
          ? 'method'
          : 'function',
    body: tree.child(node, 'body'),
    parameters: names,
    arity,
  };
};

const superTypesOf = (tree: SyntaxTree, node: number): string[] => {
  const heritage = tree.childOfKind(node, 'class_heritage');
  if (heritage < 0) return [];
  const clause = tree.childOfKind(heritage, 'extends_clause');
  const value = clause >= 0 ? tree.child(clause, 'value') : tree.firstChild(heritage);
  const path = memberPath(tree, value);
  return path === null ? [] : [path.join('.')];
};

/** The name that a class, namespace or named object literal gives to what stands in it. */
export const describeEcmaScriptScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const kind = tree.kind(node);
  if (kind === 'internal_module' || kind === 'module') {
    const own = tree.child(node, 'name');
    const name = tree.kind(own) === 'nested_identifier' ? tree.text(own) : keyName(tree, own);
    return name === null ? null : { name, kind: 'namespace', superTypes: [] };
  }
  const isClass = kind !== 'object';
  const scope = isClass ? 'class' : 'namespace';
  const superTypes = isClass ? superTypesOf(tree, node) : [];
  const own = tree.child(node, 'name');
  if (isClass && own >= 0) return { name: tree.text(own), kind: scope, superTypes };
  let place = node;
  while (/^(parenthesized|as|satisfies)_expression$/.test(tree.kind(tree.parent(place))))
    place = tree.parent(place);
  const parent = tree.parent(place);
  switch (tree.kind(parent)) {
    case 'variable_declarator': {
      const name = keyName(tree, tree.child(parent, 'name'));
      return name === null ? null : { name, kind: scope, superTypes };
    }
    case 'pair': {
      const name = keyName(tree, tree.child(parent, 'key'));
      return name === null ? null : { name, kind: scope, superTypes };
    }
    case 'assignment_expression': {
      const path = memberPath(tree, tree.child(parent, 'left'));
      if (path === null) return null;
      const isPrototype = path.at(-1) === 'prototype';
      const names = path.filter((name) => !['module', 'exports', 'prototype', 'this'].includes(name));
      return names.length === 0
        ? null
        : { name: names.join('.'), kind: isPrototype ? 'class' : scope, superTypes };
    }
  }
  return null;
};
