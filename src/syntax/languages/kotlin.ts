import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';
import { repairKotlin } from './kotlin-repair.js';
import { packageFiles } from './package-folders.js';

const isComment = (kind: string): boolean => kind === 'line_comment' || kind === 'block_comment';

const plainName = (text: string): string => text.replace(/^`(.*)`$/, '$1');

const parametersOf = (tree: SyntaxTree, node: number) => {
  const names: string[] = [];
  let optional = 0;
  let isOpen = false;
  const list = tree.childOfKind(node, 'function_value_parameters');
  let wasParameter = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind === 'parameter') names.push(plainName(tree.text(tree.childOfKind(child, 'identifier'))));
    else if (kind === 'parameter_modifiers') isOpen ||= /\bvararg\b/.test(tree.text(child));
    // What follows a parameter is its default.
    else if (wasParameter && !isComment(kind)) optional++;
    wasParameter = kind === 'parameter';
  }
  return { names, optional, isOpen };
};

/** The declaration of a class around a member; a companion object's members are its class's. */
const classAround = (tree: SyntaxTree, node: number): number => {
  let at = tree.parent(node);
  while (at >= 0 && !/^(class|object)_declaration$|^object_literal$|function/.test(tree.kind(at)))
    at = tree.parent(at);
  return /_declaration$/.test(tree.kind(at)) && !tree.kind(at).startsWith('function') ? at : -1;
};

/** The type that an extension function extends: it stands before the name. */
const extendedType = (tree: SyntaxTree, node: number, name: number): string | null => {
  for (const child of tree.children(node)) {
    if (child === name) return null;
    if (/^(user|nullable|parenthesized)_type$/.test(tree.kind(child)))
      return typeName(tree.text(child).replace(/^[(@\s]+/, ''));
  }
  return null;
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  const kind = tree.kind(node);
  if (kind === 'lambda_literal' || kind === 'anonymous_function') return null;
  const { names, optional, isOpen } = parametersOf(tree, node);
  const around = classAround(tree, node);
  const owner: string[] = [];
  let name: string;
  let outer = node;
  if (kind === 'secondary_constructor') name = tree.text(tree.child(around, 'name'));
  else if (kind === 'function_declaration') {
    const own = tree.child(node, 'name');
    name = tree.text(own);
    const extended = extendedType(tree, node, own);
    if (extended !== null) owner.push(extended);
  } else {
    outer = tree.parent(node);
    name = tree.text(tree.firstChild(tree.childOfKind(outer, 'variable_declaration')));
  }
  const isAccessor = outer !== node;
  const body = tree.childOfKind(node, 'function_body');
  return {
    name: plainName(name) || null,
    isDefaultExport: false,
    kind:
      kind === 'secondary_constructor'
        ? 'constructor'
        : isAccessor
          ? 'accessor'
          : around >= 0 || owner.length > 0
            ? 'method'
            : 'function',
    owner,
    ownerIsClass: owner.length > 0,
    outer: node,
    anchor: outer,
    body: body >= 0 ? body : tree.childOfKind(node, 'block'),
    isLexical: kind === 'function_declaration' && around < 0 && owner.length === 0,
    isFileLocal: false,
    parameters: names,
    arity: [
      Math.max(0, names.length - optional - (isOpen ? 1 : 0)),
      isOpen ? Number.POSITIVE_INFINITY : names.length,
    ],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const name = plainName(tree.text(tree.child(node, 'name')));
  if (name === '') return null;
  const bases = tree.childOfKind(node, 'delegation_specifiers');
  const superTypes: string[] = [];
  for (const base of bases < 0 ? [] : tree.children(bases)) {
    const found = typeName(tree.text(base));
    if (found !== null) superTypes.push(found);
  }
  return { name, kind: 'class', superTypes };
};

const withoutArguments = (text: string): string => text.replace(/!!/g, '').replace(/<[^<>()]*>/g, '');

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const list = tree.childOfKind(node, 'value_arguments');
  const lambda = tree.childOfKind(node, 'annotated_lambda') >= 0 ? 1 : 0;
  const counted = list >= 0 && /[(,]\s*\*/.test(tree.text(list)) ? -1 : countArguments(tree, list);
  const arity = counted < 0 ? -1 : counted + lambda;
  if (tree.kind(node) === 'constructor_delegation_call') {
    const around = classAround(tree, tree.parent(node));
    // `this(…)` is most often the primary constructor, which has no body.
    const name = tree.text(node).startsWith('super') ? describeScope(tree, around)?.superTypes[0] : undefined;
    return name === undefined ? null : { name, receiver: null, arity, isConstruction: true };
  }
  const callee = tree.firstChild(node);
  if (tree.kind(callee) === 'identifier')
    return { name: plainName(tree.text(callee)), receiver: null, arity, isConstruction: false };
  if (tree.kind(callee) !== 'navigation_expression') return null;
  let last = -1;
  for (const child of tree.children(callee)) if (tree.kind(child) === 'identifier') last = child;
  if (last < 0) return null;
  const object = tree.source.slice(tree.starts[callee]!, tree.starts[last]!);
  const receiver =
    object.length > 200 ? '?' : receiverPath(withoutArguments(object.replace(/\s*(\?\.|\.|::)\s*$/, '')));
  return {
    name: plainName(tree.text(last)),
    receiver: receiver.replace(/^this@\w+/, 'this'),
    arity,
    isConstruction: false,
  };
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const path = tree.text(tree.childOfKind(node, 'qualified_identifier')).replace(/\s+/g, '');
  if (/\.\s*\*\s*;?$/.test(tree.text(node)))
    return [{ kind: 'import', local: '*', module: path, imported: '*' }];
  const cut = path.lastIndexOf('.');
  if (cut < 0) return [];
  const imported = path.slice(cut + 1);
  const alias = tree.text(tree.childOfKind(node, 'identifier'));
  return [{ kind: 'import', local: alias || imported, module: path.slice(0, cut), imported }];
};

/** The class that a value names by the custom of its capital: `T(…)`. */
const valueType = (text: string): string | null =>
  /^(?:\w+\.)*([A-Z]\w*)\s*(?:<[^()]*>)?\(/.exec(text)?.[1] ?? null;

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const isProperty = tree.kind(node) === 'property_declaration';
  const variable = isProperty ? tree.childOfKind(node, 'variable_declaration') : node;
  if (variable < 0) return [];
  const name = tree.childOfKind(variable, 'identifier');
  let type: string | null = null;
  for (const child of tree.children(variable))
    if (/^(user|nullable)_type$/.test(tree.kind(child))) type = typeName(tree.text(child));
  if (type === null && isProperty) {
    const value = tree.nextSibling(variable);
    type = value < 0 ? null : valueType(tree.text(value).slice(0, 120));
  }
  return [{ name: plainName(tree.text(name)), type }];
};

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** Kotlin: functions, extensions, secondary constructors and accessors, KDoc, imports by package. */
export const kotlin = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.kt', '.kts'],
    grammar: { package: '@tree-sitter-grammars/tree-sitter-kotlin', wasm: 'tree-sitter-kotlin.wasm' },
    functionKinds: new Set([
      'function_declaration',
      'secondary_constructor',
      'getter',
      'setter',
      'lambda_literal',
      'anonymous_function',
    ]),
    commentKinds: new Set(['line_comment', 'block_comment']),
    scopeKinds: new Set(['class_declaration', 'object_declaration']),
    typeKinds: new Set(['type_alias']),
    constantKinds: new Set(['property_declaration']),
    callKinds: new Set(['call_expression', 'constructor_delegation_call']),
    linkKinds: new Set(['import']),
    bindingKinds: new Set(['property_declaration', 'class_parameter', 'parameter']),
    stringKinds: new Set(['multiline_string_literal']),
    fieldParents: new Set(['function_declaration', 'class_declaration', 'object_declaration']),
    snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n}' }],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    repairSource: repairKotlin,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule: (request) => packageFiles(request, '.kt'),
    commonNames: new Set(
      'add addAll all also any append apply associate associateBy cancel check clear close collect contains containsKey copy count distinct drop emit emptyList endsWith equals error filter filterNot find first firstOrNull flatMap fold forEach format get getOrNull getOrPut groupBy hashCode indexOf invoke isEmpty isNotEmpty iterator joinToString last launch let listOf map mapNotNull mapOf maxOf minOf mutableListOf next none not of offer onEach orEmpty plus poll print println put putAll read remove replace require requireNotNull resume run runCatching send set setOf size sort sortedBy split startsWith substring sum take takeIf to toInt toList toLong toMap toSet toString toTypedArray trim update use valueOf values with write zip'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
