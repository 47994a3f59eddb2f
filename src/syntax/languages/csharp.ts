import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  FunctionKind,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';

const isComment = (kind: string): boolean => kind === 'comment';

const KINDS: Readonly<Record<string, FunctionKind>> = {
  constructor_declaration: 'constructor',
  destructor_declaration: 'method',
  accessor_declaration: 'accessor',
  arrow_expression_clause: 'accessor',
  indexer_declaration: 'accessor',
  local_function_statement: 'function',
};

const nameOf = (tree: SyntaxTree, node: number): string => {
  switch (tree.kind(node)) {
    case 'operator_declaration': {
      const sign = /\boperator\s*(?:checked\s+)?([^\s(]+)/.exec(tree.text(node).slice(0, 300))?.[1];
      return sign === undefined ? '' : `operator ${sign}`;
    }
    case 'conversion_operator_declaration':
      return 'operator conversion';
    case 'indexer_declaration':
      return 'this[]';
    case 'accessor_declaration': {
      const property = tree.parent(tree.parent(node));
      const owner =
        tree.kind(property) === 'indexer_declaration' ? 'this[]' : tree.text(tree.child(property, 'name'));
      const keyword = /\b(get|set|init|add|remove)\b/.exec(tree.text(node).slice(0, 300))?.[1];
      return keyword === undefined || owner === '' ? '' : `${keyword}_${owner}`;
    }
    case 'arrow_expression_clause':
      return `get_${tree.text(tree.child(tree.parent(node), 'name'))}`;
    case 'destructor_declaration':
      return `~${tree.text(tree.child(node, 'name'))}`;
    default:
      return tree.text(tree.child(node, 'name'));
  }
};

/** `extension(string s) { … }`, which the grammar takes for a constructor. */
const isExtensionBlock = (tree: SyntaxTree, node: number): boolean =>
  tree.kind(node) === 'constructor_declaration' && tree.text(tree.child(node, 'name')) === 'extension';

const EXTENSION_BLOCK =
  /(?<=^[ \t]*|[{};][ \t]*)extension\s*(?:<[^(){};]*>)?\s*\((?:[^(){};]|\([^()]*\))*\)(?:\s*where\b[^{;]*)?(?=\s*\{)/gm;

/** Extension blocks, of which the grammar knows nothing, as classes: they hold what a class may hold. */
const repairSource = (source: string): string =>
  source.replace(EXTENSION_BLOCK, (head) => `class X${head.slice(7).replace(/[^\r\n]/g, ' ')}`);

/** `Func<int, int> next = x => x + 1;` as a field; all other lambdas are anonymous. */
const describeLambda = (tree: SyntaxTree, node: number): FunctionHead | null => {
  const declarator = tree.parent(node);
  const field = tree.parent(tree.parent(declarator));
  if (tree.kind(declarator) !== 'variable_declarator' || tree.kind(field) !== 'field_declaration')
    return null;
  const list = tree.child(node, 'parameters');
  const parameters =
    tree.kind(list) === 'implicit_parameter'
      ? [tree.text(list)]
      : [...tree.children(list)]
          .filter((child) => /parameter$/.test(tree.kind(child)))
          .map((child) => tree.text(tree.child(child, 'name')) || tree.text(child));
  const body = tree.child(node, 'body');
  return {
    name: tree.text(tree.child(declarator, 'name')),
    isDefaultExport: false,
    kind: 'method',
    owner: [],
    ownerIsClass: false,
    outer: field,
    anchor: field,
    body: body >= 0 ? body : tree.childOfKind(node, 'block'),
    isLexical: false,
    isFileLocal: false,
    parameters,
    arity: [parameters.length, parameters.length],
  };
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (isExtensionBlock(tree, node)) return null;
  if (/^(lambda_expression|anonymous_method_expression)$/.test(tree.kind(node)))
    return describeLambda(tree, node);
  const parent = tree.parent(node);
  const isGetter = tree.kind(node) === 'arrow_expression_clause';
  // `int P => 1;`: the other arrows are the bodies of what is described itself.
  if (isGetter && tree.kind(parent) !== 'property_declaration') return null;
  const list = tree.child(node, 'parameters');
  const parameters: string[] = [];
  let optional = 0;
  // A `params` array is no node of its own: its name hangs on the list.
  let isOpen = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    if (tree.kind(child) === 'parameter') {
      parameters.push(tree.text(tree.child(child, 'name')));
      if (/=/.test(tree.text(child))) optional++;
    } else if (tree.field(child) === 'name') {
      parameters.push(tree.text(child));
      isOpen = true;
    }
  }
  const kind = isExtensionBlock(tree, tree.parent(parent)) ? 'method' : (KINDS[tree.kind(node)] ?? 'method');
  const isExtension = /^\(\s*this\b/.test(tree.text(list));
  const fewest = parameters.length - optional - (isOpen ? 1 : 0) - (isExtension ? 1 : 0);
  let body = tree.child(node, 'body');
  if (body < 0) body = isGetter ? node : tree.childOfKind(node, 'arrow_expression_clause');
  const outer = isGetter ? parent : node;
  return {
    name: nameOf(tree, node) || null,
    isDefaultExport: false,
    kind,
    owner: [],
    ownerIsClass: false,
    outer,
    // A function at the top of a program is a statement.
    anchor: tree.kind(parent) === 'global_statement' ? parent : outer,
    body,
    isLexical: kind === 'function',
    isFileLocal: false,
    parameters,
    arity: [Math.max(0, fewest), isOpen ? Number.POSITIVE_INFINITY : parameters.length],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  if (tree.kind(node) === 'file_scoped_namespace_declaration')
    return { name: tree.text(tree.firstChild(node)), kind: 'namespace', superTypes: [], isOpenEnded: true };
  const name = tree.text(tree.child(node, 'name'));
  // An extension block read as a class: its members are those of the class around it.
  if (name === '' || tree.source.startsWith('extension', tree.starts[node]!)) return null;
  if (tree.kind(node) === 'namespace_declaration') return { name, kind: 'namespace', superTypes: [] };
  const bases = tree.childOfKind(node, 'base_list');
  const superTypes: string[] = [];
  for (const base of bases < 0 ? [] : tree.children(bases)) {
    const found = typeName(tree.text(base));
    if (found !== null) superTypes.push(found);
  }
  return { name, kind: 'class', superTypes };
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const kind = tree.kind(node);
  const list =
    tree.child(node, 'arguments') >= 0
      ? tree.child(node, 'arguments')
      : tree.childOfKind(node, 'argument_list');
  const arity = countArguments(tree, list);
  if (kind === 'object_creation_expression') {
    const name = typeName(tree.text(tree.child(node, 'type')));
    return name === null ? null : { name, receiver: null, arity, isConstruction: true };
  }
  if (kind === 'implicit_object_creation_expression') {
    const declaration = tree.parent(tree.parent(node));
    const name = typeName(tree.text(tree.child(declaration, 'type')));
    return name === null ? null : { name, receiver: null, arity, isConstruction: true };
  }
  if (kind === 'constructor_initializer') {
    const declaration = tree.parent(node);
    const own = tree.text(tree.child(declaration, 'name'));
    if (/^:?\s*this\b/.test(tree.text(node)))
      return { name: own, receiver: null, arity, isConstruction: true };
    const bases = tree.childOfKind(tree.parent(tree.parent(declaration)), 'base_list');
    const base = bases < 0 ? null : typeName(tree.text(tree.firstChild(bases)));
    return base === null ? null : { name: base, receiver: null, arity, isConstruction: true };
  }
  const callee = tree.child(node, 'function');
  if (tree.ends[callee]! - tree.starts[callee]! > 400) return null;
  const text = tree.text(callee).replace(/<[^<>]*>$/, '');
  if (/^[\w@]+$/.test(text)) return { name: text, receiver: null, arity, isConstruction: false };
  const dot = /^([\s\S]*?)\??\.\s*(\w+)$/.exec(text);
  if (dot === null) return null;
  const receiver = receiverPath(dot[1]!);
  return { name: dot[2]!, receiver: receiver === 'base' ? 'super' : receiver, arity, isConstruction: false };
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  if (tree.kind(node) === 'parameter' || tree.kind(node) === 'foreach_statement') {
    const name = tree.child(node, 'name') >= 0 ? tree.child(node, 'name') : tree.child(node, 'left');
    return [{ name: tree.text(name), type: typeName(tree.text(tree.child(node, 'type'))) }];
  }
  if (tree.kind(node) === 'property_declaration') {
    return [
      { name: tree.text(tree.child(node, 'name')), type: typeName(tree.text(tree.child(node, 'type'))) },
    ];
  }
  const declared = typeName(tree.text(tree.child(node, 'type')));
  const bindings: Binding[] = [];
  for (const child of tree.children(node)) {
    if (tree.kind(child) !== 'variable_declarator') continue;
    const created = tree.childOfKind(child, 'object_creation_expression');
    const type =
      declared !== 'var' ? declared : created < 0 ? null : typeName(tree.text(tree.child(created, 'type')));
    bindings.push({ name: tree.text(tree.child(child, 'name')), type });
  }
  return bindings;
};

const findDoc = (tree: SyntaxTree, node: number, head: FunctionHead): AuthorDoc | null => {
  const isAccessor = tree.kind(node) === 'accessor_declaration';
  const anchor = isAccessor ? tree.parent(tree.parent(node)) : head.anchor;
  const text = docAbove(tree, anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** C#: methods, constructors, operators, accessors and local functions; XML docs; calls on declared types. */
export const csharp = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.cs'],
    grammar: { package: 'tree-sitter-c-sharp', wasm: 'tree-sitter-c_sharp.wasm' },
    functionKinds: new Set([
      'method_declaration',
      'constructor_declaration',
      'destructor_declaration',
      'operator_declaration',
      'conversion_operator_declaration',
      'indexer_declaration',
      'accessor_declaration',
      'local_function_statement',
    ]),
    functionLikeKinds: new Set([
      'arrow_expression_clause',
      'lambda_expression',
      'anonymous_method_expression',
    ]),
    commentKinds: new Set(['comment']),
    scopeKinds: new Set([
      'file_scoped_namespace_declaration',
      'class_declaration',
      'struct_declaration',
      'interface_declaration',
      'record_declaration',
      'enum_declaration',
      'namespace_declaration',
    ]),
    typeKinds: new Set(['delegate_declaration']),
    callKinds: new Set([
      'invocation_expression',
      'object_creation_expression',
      'implicit_object_creation_expression',
      'constructor_initializer',
    ]),
    bindingKinds: new Set(['parameter', 'variable_declaration', 'property_declaration', 'foreach_statement']),
    stringKinds: new Set(['verbatim_string_literal', 'raw_string_literal', 'interpolated_string_expression']),
    fieldParents: new Set([
      'method_declaration',
      'constructor_declaration',
      'destructor_declaration',
      'operator_declaration',
      'conversion_operator_declaration',
      'indexer_declaration',
      'accessor_declaration',
      'local_function_statement',
      'lambda_expression',
      'anonymous_method_expression',
      'class_declaration',
      'struct_declaration',
      'interface_declaration',
      'record_declaration',
      'enum_declaration',
      'namespace_declaration',
      'invocation_expression',
      'object_creation_expression',
      'parameter',
      'parameter_list',
      'variable_declaration',
      'variable_declarator',
      'property_declaration',
      'event_declaration',
      'foreach_statement',
    ]),
    snippetWrappers: [
      { prefix: 'class A {\n', suffix: '\n}' },
      { prefix: 'class A { int P {\n', suffix: '\n} }' },
    ],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    repairSource,
    describeFunction,
    describeScope,
    describeCall,
    describeBindings,
    commonNames: new Set(
      'Add AddRange Append Clear Close Contains ContainsKey Dispose Equals First FirstOrDefault Format GetHashCode GetType Invoke Join Select Where ToArray ToList ToString Trim Write WriteLine Any All Count Remove Insert IndexOf Split Replace StartsWith EndsWith Substring Parse TryParse TryGetValue Wait Start Stop Run'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
