import type { AuthorDoc, Binding, CallSite, FunctionHead, NamedScope } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';
import { repairSwift } from './swift-repair.js';

const isComment = (kind: string): boolean => kind === 'comment' || kind === 'multiline_comment';

const plainName = (text: string): string => text.replace(/^`(.*)`$/, '$1');

const parametersOf = (tree: SyntaxTree, node: number) => {
  const names: string[] = [];
  let optional = 0;
  let isOpen = false;
  for (const child of tree.children(node)) {
    if (tree.field(child) === 'default_value') optional++;
    if (tree.kind(child) !== 'parameter') continue;
    let own = -1;
    // `for name: Type`: the label, the name, the type.
    for (const part of tree.children(child)) if (tree.kind(part) === 'simple_identifier') own = part;
    names.push(plainName(tree.text(own)));
    if (/\.\.\.$/.test(tree.text(child))) isOpen = true;
  }
  return { names, optional, isOpen };
};

/** The property or subscript that an accessor belongs to. */
const propertyOf = (tree: SyntaxTree, node: number): number => {
  let at = tree.parent(node);
  while (/^(computed_property|willset_didset_block)$/.test(tree.kind(at))) at = tree.parent(at);
  return /^(property|subscript)_declaration$/.test(tree.kind(at)) ? at : -1;
};

/** `get` and `set` say what a property does; without them it is one getter itself. */
const hasAccessors = (tree: SyntaxTree, node: number): boolean => {
  for (const child of tree.children(node))
    if (/^computed_(getter|setter|modify)$/.test(tree.kind(child))) return true;
  return false;
};

const nameOf = (tree: SyntaxTree, node: number): string => {
  switch (tree.kind(node)) {
    case 'init_declaration':
      return 'init';
    case 'deinit_declaration':
      return 'deinit';
    case 'function_declaration': {
      const own = tree.child(node, 'name');
      if (tree.kind(own) === 'simple_identifier') return tree.text(own);
      // An operator has no node: `static func == (…)`.
      const head = tree.source.slice(tree.starts[node]!, tree.ends[node]!).slice(0, 400);
      return /\bfunc\s+([^\s(<\w]+|<[^\s(\w]*)/.exec(head)?.[1] ?? '';
    }
    default: {
      const property = propertyOf(tree, node);
      if (tree.kind(property) === 'subscript_declaration') return 'subscript';
      const pattern = tree.childOfKind(property, 'pattern');
      return /^\w+/.exec(tree.text(pattern))?.[0] ?? '';
    }
  }
};

const KINDS: Readonly<Record<string, FunctionHead['kind']>> = {
  init_declaration: 'constructor',
  computed_property: 'accessor',
  computed_getter: 'accessor',
  computed_setter: 'accessor',
  willset_clause: 'accessor',
  didset_clause: 'accessor',
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  const kind = tree.kind(node);
  if (kind === 'lambda_literal' || (kind === 'computed_property' && hasAccessors(tree, node))) return null;
  const isAccessor = KINDS[kind] === 'accessor';
  const property = isAccessor ? propertyOf(tree, node) : -1;
  if (isAccessor && property < 0) return null;
  const { names, optional, isOpen } = parametersOf(tree, node);
  const isMember = /^(enum_)?class_body$/.test(tree.kind(tree.parent(node)));
  const outer = kind === 'computed_property' ? property : node;
  return {
    name: plainName(nameOf(tree, node)) || null,
    isDefaultExport: false,
    kind: KINDS[kind] ?? (isMember ? 'method' : 'function'),
    owner: [],
    ownerIsClass: false,
    outer,
    anchor: isAccessor ? property : node,
    body: isAccessor ? node : tree.child(node, 'body'),
    isLexical: !isMember && !isAccessor,
    isFileLocal: false,
    parameters: names,
    arity: [
      Math.max(0, names.length - optional - (isOpen ? 1 : 0)),
      isOpen ? Number.POSITIVE_INFINITY : names.length,
    ],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const name = typeName(tree.text(tree.child(node, 'name')));
  if (name === null) return null;
  const superTypes: string[] = [];
  for (const child of tree.children(node)) {
    if (tree.kind(child) !== 'inheritance_specifier') continue;
    const found = typeName(tree.text(child));
    if (found !== null) superTypes.push(found);
  }
  return { name, kind: 'class', superTypes };
};

const receiverOf = (text: string): string => {
  if (text.length > 200) return '?';
  const path = receiverPath(text.replace(/<[^<>()]*>/g, ''));
  return path.replace(/^(self|Self)(?=\.|$)/, 'this');
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const suffix = tree.childOfKind(node, 'call_suffix');
  let arity = 0;
  for (const child of suffix < 0 ? [] : tree.children(suffix)) {
    if (tree.kind(child) === 'value_arguments') arity += countArguments(tree, child);
    else if (tree.kind(child) === 'lambda_literal') arity++;
  }
  const callee = tree.firstChild(node);
  if (tree.kind(callee) === 'simple_identifier')
    return { name: plainName(tree.text(callee)), receiver: null, arity, isConstruction: false };
  if (tree.kind(callee) !== 'navigation_expression') return null;
  const name = plainName(tree.text(tree.child(tree.child(callee, 'suffix'), 'suffix')));
  const target = tree.text(tree.child(callee, 'target'));
  if (name === 'init' && /^[A-Z][\w.]*$/.test(target))
    return { name: typeName(target) ?? '', receiver: null, arity, isConstruction: true };
  return { name, receiver: receiverOf(target), arity, isConstruction: false };
};

/** The class that a value names by the custom of its capital: `T(…)`. */
const valueType = (text: string): string | null =>
  /^(?:\w+\.)*([A-Z]\w*)(?:<[^()]*>)?\(/.exec(text)?.[1] ?? null;

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  if (tree.kind(node) === 'parameter') {
    let name = '';
    let type: string | null = null;
    for (const part of tree.children(node)) {
      if (tree.kind(part) === 'simple_identifier') name = tree.text(part);
      else type = typeName(tree.text(part));
    }
    return [{ name: plainName(name), type }];
  }
  const name = tree.text(tree.childOfKind(node, 'pattern'));
  if (!/^\w+$/.test(name)) return [];
  const annotation = tree.childOfKind(node, 'type_annotation');
  const type =
    annotation >= 0
      ? typeName(tree.text(tree.firstChild(annotation)))
      : valueType(tree.text(tree.child(node, 'value')).slice(0, 120));
  return [{ name, type }];
};

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** Swift: functions, initializers, subscripts, computed properties and observers, doc comments, extensions. */
export const swift = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.swift'],
    // The grammar's own package holds no WebAssembly.
    grammar: { package: '@repomix/tree-sitter-wasms', wasm: 'out/tree-sitter-swift.wasm' },
    functionKinds: new Set([
      'function_declaration',
      'init_declaration',
      'deinit_declaration',
      'computed_property',
      'computed_getter',
      'computed_setter',
      'willset_clause',
      'didset_clause',
      'lambda_literal',
    ]),
    commentKinds: new Set(['comment', 'multiline_comment']),
    scopeKinds: new Set(['class_declaration', 'protocol_declaration']),
    typeKinds: new Set(['typealias_declaration']),
    constantKinds: new Set(['property_declaration']),
    callKinds: new Set(['call_expression']),
    bindingKinds: new Set(['property_declaration', 'parameter']),
    stringKinds: new Set(['multi_line_string_literal', 'raw_string_literal']),
    fieldParents: new Set([
      'function_declaration',
      'init_declaration',
      'deinit_declaration',
      'subscript_declaration',
      'class_declaration',
      'protocol_declaration',
      'navigation_expression',
      'navigation_suffix',
      'property_declaration',
    ]),
    snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n}' }],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    repairSource: repairSwift,
    describeFunction,
    describeScope,
    describeCall,
    describeBindings,
    commonNames: new Set(
      'addSubview allSatisfy append assert async cancel compactMap contains count data dispatch distance dropFirst dropLast encode enumerated fatalError filter first flatMap forEach hash hasPrefix hasSuffix index insert isEmpty joined last map max min next precondition prefix print reduce remove removeAll removeFirst removeLast replacingOccurrences resume reversed send sink sleep sort sorted split store stride subscribe suffix swap sync trimmingCharacters value zip'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
