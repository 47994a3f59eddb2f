import type {
  AuthorDoc,
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  ModuleRequest,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { repairC } from './c-repair.js';
import { countArguments } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';
import { folderOf, joinPath } from './paths.js';

/** Down a declarator to the name that it declares, or -1. */
const declaredName = (tree: SyntaxTree, declarator: number): number => {
  let at = declarator;
  while (at >= 0 && tree.kind(at) !== 'identifier' && tree.kind(at) !== 'field_identifier') {
    const inner = tree.child(at, 'declarator');
    at = inner >= 0 ? inner : tree.kind(at) === 'parenthesized_declarator' ? tree.firstChild(at) : -1;
  }
  return at;
};

/** The innermost function declarator: the one whose parameters are the function's own. */
const functionDeclarator = (tree: SyntaxTree, node: number): number => {
  let found = -1;
  for (let at = tree.child(node, 'declarator'); at >= 0; ) {
    if (tree.kind(at) === 'function_declarator') found = at;
    const inner = tree.child(at, 'declarator');
    at = inner >= 0 ? inner : tree.kind(at) === 'parenthesized_declarator' ? tree.firstChild(at) : -1;
  }
  return found;
};

const HEAD = {
  isDefaultExport: false,
  kind: 'function',
  owner: [],
  ownerIsClass: false,
  isLexical: true,
} as const;

/** The call without a semicolon of which a block at the top of a file is the body: `main() {`, `DEFINE(f, a) {`. */
const callAbove = (tree: SyntaxTree, block: number): number => {
  if (!/^(translation_unit|preproc_\w+|declaration_list|ERROR)$/.test(tree.kind(tree.parent(block))))
    return -1;
  let before = tree.previous[block]!;
  // Old C declares its parameters between the two.
  while (/^(comment|declaration)$/.test(tree.kind(before))) before = tree.previous[before]!;
  const call = tree.kind(before) === 'expression_statement' ? tree.firstChild(before) : -1;
  const isCall = tree.kind(call) === 'call_expression' && tree.ends[call] === tree.ends[before];
  return isCall && tree.kind(tree.child(call, 'function')) === 'identifier' ? call : -1;
};

/** `LUA_API int (name)(int a)`: the grammar takes `int` for the name and `name` for a parameter. */
const parenthesizedName = (tree: SyntaxTree, declarator: number): { name: number; list: number } | null => {
  const outer = tree.parent(declarator);
  if (tree.kind(outer) !== 'function_declarator') return null;
  const list = tree.child(declarator, 'parameters');
  const name = tree.firstChild(tree.firstChild(list));
  return tree.kind(name) === 'type_identifier' &&
    tree.text(list).replace(/\s/g, '') === `(${tree.text(name)})`
    ? { name, list: tree.child(outer, 'parameters') }
    : null;
};

/** A macro that defines functions names them by its first argument: `SYSCALL_DEFINE2(name, …)`. */
const nameInCall = (tree: SyntaxTree, call: number): number => {
  const callee = tree.child(call, 'function');
  const first = tree.firstChild(tree.child(call, 'arguments'));
  return /^[A-Z][A-Z\d_]*$/.test(tree.text(callee)) && tree.kind(first) === 'identifier' ? first : callee;
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'compound_statement') {
    const call = callAbove(tree, node);
    if (call < 0) return null;
    const name = nameInCall(tree, call);
    const own = name === tree.child(call, 'function');
    const parameters = own
      ? [...tree.children(tree.child(call, 'arguments'))].map((at) => tree.text(at))
      : [];
    return {
      ...HEAD,
      name: tree.text(name),
      from: tree.parent(call),
      outer: node,
      anchor: tree.parent(call),
      body: node,
      isFileLocal: false,
      parameters,
      arity: own ? [parameters.length, parameters.length] : [0, Number.POSITIVE_INFINITY],
    };
  }
  const declarator = functionDeclarator(tree, node);
  const parenthesized = declarator < 0 ? null : parenthesizedName(tree, declarator);
  let name = parenthesized?.name ?? declaredName(tree, declarator);
  // PHP_FUNCTION(name) { … }
  const lone = tree.child(node, 'declarator');
  if (declarator < 0 && tree.kind(lone) === 'parenthesized_declarator') name = declaredName(tree, lone);
  const list = parenthesized?.list ?? tree.child(declarator, 'parameters');
  const parameters: string[] = [];
  let isOpen = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    if (tree.kind(child) === 'variadic_parameter') isOpen = true;
    else if (tree.kind(child) === 'parameter_declaration') {
      const own = declaredName(tree, tree.child(child, 'declarator'));
      if (own >= 0) parameters.push(tree.text(own));
      else if (tree.text(child) !== 'void') parameters.push(tree.text(child));
    } else if (tree.kind(child) === 'identifier') parameters.push(tree.text(child));
  }
  const body = tree.child(node, 'body');
  const head = tree.source.slice(
    tree.starts[node]!,
    body < 0 ? tree.ends[node]! : Math.min(tree.starts[node]! + 200, tree.starts[body]!),
  );
  return {
    ...HEAD,
    name: name < 0 ? null : tree.text(name),
    outer: node,
    anchor: node,
    body,
    isFileLocal: /^\s*(?:\w+\s+)*?static\b/.test(head),
    parameters,
    arity: [parameters.length, isOpen ? Number.POSITIVE_INFINITY : parameters.length],
  };
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const callee = tree.child(node, 'function');
  // A call through a field or a pointer has no target that its text tells.
  if (tree.kind(callee) !== 'identifier') return null;
  const arity = countArguments(tree, tree.child(node, 'arguments'));
  return { name: tree.text(callee), receiver: null, arity, isConstruction: false };
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const path = tree.child(node, 'path');
  if (tree.kind(path) !== 'string_literal') return [];
  return [{ kind: 'import', local: '*', module: tree.text(path).slice(1, -1), imported: '*' }];
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const bindings: Binding[] = [];
  for (const child of tree.children(node)) {
    if (tree.field(child) !== 'declarator') continue;
    const declarator = tree.kind(child) === 'init_declarator' ? tree.child(child, 'declarator') : child;
    // A prototype declares the function that it names.
    if (
      tree.kind(declarator) === 'function_declarator' &&
      tree.kind(tree.child(declarator, 'declarator')) === 'identifier'
    )
      continue;
    let inner = declarator;
    while (tree.kind(inner) === 'pointer_declarator') inner = tree.child(inner, 'declarator');
    if (
      tree.kind(inner) === 'function_declarator' &&
      tree.kind(tree.child(inner, 'declarator')) === 'identifier'
    )
      continue;
    const name = declaredName(tree, declarator);
    if (name >= 0) bindings.push({ name: tree.text(name), type: null });
  }
  return bindings;
};

const isComment = (kind: string): boolean => kind === 'comment';

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** A header stands for itself and for the source file of the same name. */
const resolveModule = ({ module, path, hasFile, filesNamed }: ModuleRequest): readonly string[] => {
  const near = joinPath(folderOf(path), module);
  const base = module.slice(module.lastIndexOf('/') + 1);
  const header =
    near !== null && hasFile(near)
      ? near
      : filesNamed(base).find((file) => file === module || file.endsWith(`/${module}`));
  const stem = base.replace(/\.h$/, '');
  const sources = filesNamed(`${stem}.c`);
  const folder = header === undefined ? (near === null ? '' : folderOf(near)) : folderOf(header);
  const beside = sources.filter((file) => folderOf(file) === folder);
  const chosen = beside.length > 0 ? beside : sources.length === 1 ? sources : [];
  return header === undefined ? chosen : [header, ...chosen];
};

const RESERVED =
  'auto break case char const continue default defined do double else enum extern float for goto if inline int long ' +
  'register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while';

/** C: functions, the comments above them, headers by name, `static` kept to its file. */
export const c = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.c', '.h'],
    grammar: { package: 'tree-sitter-c', wasm: 'tree-sitter-c.wasm' },
    functionKinds: new Set(['function_definition']),
    functionLikeKinds: new Set(['compound_statement']),
    reservedWords: new Set(RESERVED.split(' ')),
    repairSource: repairC,
    commentKinds: new Set(['comment']),
    typeKinds: new Set(['struct_specifier', 'union_specifier', 'enum_specifier', 'type_definition']),
    constantKinds: new Set(['declaration', 'preproc_def']),
    callKinds: new Set(['call_expression']),
    linkKinds: new Set(['preproc_include']),
    bindingKinds: new Set(['declaration', 'parameter_declaration']),
    fieldParents: new Set([
      'function_definition',
      'function_declarator',
      'pointer_declarator',
      'array_declarator',
      'init_declarator',
      'declaration',
      'parameter_declaration',
      'call_expression',
      'preproc_include',
    ]),
    sharesFolderScope: true,
    describeFunction,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set(
      'abort abs assert atoi calloc close exit fclose fopen fprintf fread free fwrite getenv malloc memcmp memcpy memmove memset open perror printf puts qsort read realloc snprintf sprintf strcat strchr strcmp strcpy strdup strlen strncmp strncpy strstr write'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
