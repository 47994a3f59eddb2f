import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  ModuleRequest,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';

const isComment = (kind: string): boolean => kind === 'line_comment' || kind === 'block_comment';

const parameterNames = (tree: SyntaxTree, list: number): string[] => {
  const names: string[] = [];
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind === 'formal_parameter') names.push(tree.text(tree.child(child, 'name')));
    else if (kind === 'spread_parameter')
      names.push(tree.text(tree.child(tree.childOfKind(child, 'variable_declarator'), 'name')));
  }
  return names;
};

/** A lambda that is the value of a field. */
const describeLambda = (tree: SyntaxTree, node: number): FunctionHead | null => {
  const declarator = tree.parent(node);
  const field = tree.parent(declarator);
  if (tree.kind(declarator) !== 'variable_declarator' || tree.kind(field) !== 'field_declaration')
    return null;
  const parts = [...tree.children(node)].filter((child) => !isComment(tree.kind(child)));
  const list = parts[0]!;
  const parameters =
    tree.kind(list) === 'identifier'
      ? [tree.text(list)]
      : tree.kind(list) === 'inferred_parameters'
        ? [...tree.children(list)].map((child) => tree.text(child))
        : parameterNames(tree, list);
  const isLone =
    [...tree.children(field)].filter((child) => tree.kind(child) === 'variable_declarator').length === 1;
  return {
    name: tree.text(tree.child(declarator, 'name')),
    isDefaultExport: false,
    kind: 'method',
    owner: [],
    ownerIsClass: false,
    outer: isLone ? field : declarator,
    anchor: field,
    body: parts.at(-1)!,
    isLexical: false,
    isFileLocal: false,
    parameters,
    arity: [parameters.length, parameters.length],
  };
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'lambda_expression') return describeLambda(tree, node);
  const list = tree.child(node, 'parameters');
  const parameters = parameterNames(tree, list);
  const isOpen = list >= 0 && tree.childOfKind(list, 'spread_parameter') >= 0;
  const isConstructor = tree.kind(node) !== 'method_declaration';
  return {
    name: tree.text(tree.child(node, 'name')) || null,
    isDefaultExport: false,
    kind: isConstructor ? 'constructor' : 'method',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    body: tree.child(node, 'body'),
    isLexical: false,
    isFileLocal: false,
    parameters,
    arity: [
      isOpen ? parameters.length - 1 : parameters.length,
      isOpen ? Number.POSITIVE_INFINITY : parameters.length,
    ],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const name = tree.text(tree.child(node, 'name'));
  if (name === '') return null;
  const superTypes: string[] = [];
  for (const child of tree.children(node)) {
    if (!/^(superclass|super_interfaces|extends_interfaces)$/.test(tree.kind(child))) continue;
    const inner = tree.firstChild(child);
    for (const type of tree.kind(inner) === 'type_list' ? tree.children(inner) : [inner]) {
      const found = typeName(tree.text(type));
      if (found !== null) superTypes.push(found);
    }
  }
  return { name, kind: 'class', superTypes };
};

/** The class that a cast or a construction names. */
const namedType = (tree: SyntaxTree, node: number): string | null => {
  let at = node;
  while (tree.kind(at) === 'parenthesized_expression') at = tree.firstChild(at);
  const isNamed =
    tree.kind(at) === 'cast_expression' ||
    (tree.kind(at) === 'object_creation_expression' && tree.childOfKind(at, 'class_body') < 0);
  return isNamed ? typeName(tree.text(tree.child(at, 'type'))) : null;
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const arity = countArguments(tree, tree.child(node, 'arguments'));
  switch (tree.kind(node)) {
    case 'method_invocation': {
      const name = tree.text(tree.child(node, 'name'));
      const object = tree.child(node, 'object');
      if (object < 0) return { name, receiver: null, arity, isConstruction: false };
      const receiver = receiverPath(tree.text(object));
      const receiverType = receiver === '?' ? namedType(tree, object) : null;
      if (receiverType === null) return { name, receiver, arity, isConstruction: false };
      return { name, receiver, receiverType, arity, isConstruction: false };
    }
    case 'object_creation_expression': {
      const name = typeName(tree.text(tree.child(node, 'type')));
      return name === null ? null : { name, receiver: null, arity, isConstruction: true };
    }
    case 'explicit_constructor_invocation': {
      const isSuper = tree.text(tree.child(node, 'constructor')) === 'super';
      let at = tree.parent(node);
      while (at >= 0 && !/^(class|record|enum)_declaration$/.test(tree.kind(at))) at = tree.parent(at);
      const owner = isSuper
        ? typeName(tree.text(tree.firstChild(tree.child(at, 'superclass'))))
        : tree.text(tree.child(at, 'name'));
      return owner === null || owner === ''
        ? null
        : { name: owner, receiver: null, arity, isConstruction: true };
    }
    default: {
      // a.b::c, or T::new
      const [object, method] = tree.text(node).split('::');
      if (object === undefined || method === undefined) return null;
      if (method === 'new')
        return { name: typeName(object) ?? '', receiver: null, arity: -1, isConstruction: true };
      return { name: method.trim(), receiver: receiverPath(object), arity: -1, isConstruction: false };
    }
  }
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const name = tree.text(tree.firstChild(node)).replace(/\s+/g, '');
  const isStatic = /^import\s+static\b/.test(tree.text(node));
  const isOpen = tree.childOfKind(node, 'asterisk') >= 0;
  if (isOpen) return isStatic ? [{ kind: 'import', local: '*', module: name, imported: '*' }] : [];
  const last = name.slice(name.lastIndexOf('.') + 1);
  if (!isStatic) return [{ kind: 'import', local: last, module: name, imported: last }];
  return [{ kind: 'import', local: last, module: name.slice(0, name.lastIndexOf('.')), imported: last }];
};

const typed = (tree: SyntaxTree, declarators: Iterable<number>, type: string | null): Binding[] => {
  const bindings: Binding[] = [];
  for (const child of declarators) {
    if (tree.kind(child) !== 'variable_declarator') continue;
    let found = type;
    const value = tree.child(child, 'value');
    if (type === 'var')
      found =
        tree.kind(value) === 'object_creation_expression'
          ? typeName(tree.text(tree.child(value, 'type')))
          : null;
    bindings.push({ name: tree.text(tree.child(child, 'name')), type: found });
  }
  return bindings;
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const type = typeName(tree.text(tree.child(node, 'type')));
  switch (tree.kind(node)) {
    case 'field_declaration':
      return typed(tree, tree.children(node), type);
    case 'local_variable_declaration':
      return typed(tree, tree.children(node), type);
    case 'formal_parameter':
    case 'enhanced_for_statement':
    case 'resource':
      return [{ name: tree.text(tree.child(node, 'name')), type }];
    default:
      return [];
  }
};

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

const resolveModule = ({ module, filesNamed }: ModuleRequest): readonly string[] => {
  const parts = module.split('.');
  // A nested class stands in the file of the class around it.
  for (let length = parts.length; length > 0 && length > parts.length - 2; length--) {
    const path = `${parts.slice(0, length).join('/')}.java`;
    const found = filesNamed(`${parts[length - 1]}.java`).filter(
      (file) => file === path || file.endsWith(`/${path}`),
    );
    if (found.length > 0) return found;
  }
  return [];
};

/** Java: methods and constructors, Javadoc, imports by class, calls on declared types. */
export const java = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.java'],
    grammar: { package: 'tree-sitter-java', wasm: 'tree-sitter-java.wasm' },
    functionKinds: new Set([
      'method_declaration',
      'constructor_declaration',
      'compact_constructor_declaration',
    ]),
    functionLikeKinds: new Set(['lambda_expression']),
    commentKinds: new Set(['line_comment', 'block_comment']),
    scopeKinds: new Set([
      'class_declaration',
      'interface_declaration',
      'enum_declaration',
      'record_declaration',
      'annotation_type_declaration',
    ]),
    callKinds: new Set([
      'method_invocation',
      'object_creation_expression',
      'explicit_constructor_invocation',
      'method_reference',
    ]),
    linkKinds: new Set(['import_declaration']),
    bindingKinds: new Set([
      'field_declaration',
      'local_variable_declaration',
      'formal_parameter',
      'enhanced_for_statement',
      'resource',
    ]),
    stringKinds: new Set(['string_literal', 'template_expression']),
    fieldParents: new Set([
      'method_declaration',
      'constructor_declaration',
      'compact_constructor_declaration',
      'class_declaration',
      'interface_declaration',
      'enum_declaration',
      'record_declaration',
      'annotation_type_declaration',
      'method_invocation',
      'object_creation_expression',
      'explicit_constructor_invocation',
      'field_declaration',
      'local_variable_declaration',
      'formal_parameter',
      'enhanced_for_statement',
      'resource',
      'variable_declarator',
      'cast_expression',
    ]),
    snippetWrappers: [
      { prefix: 'class A {\n', suffix: '\n}' },
      { prefix: 'interface A {\n', suffix: '\n}' },
    ],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set(
      'add addAll append charAt clear clone close compareTo contains containsKey endsWith equals forEach format get getClass getName hashCode hasNext indexOf isEmpty iterator keySet length map filter collect next of parse print println printf put read remove replace run set size split start startsWith stream substring toArray toLowerCase toString toUpperCase trim valueOf values write accept apply test'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
