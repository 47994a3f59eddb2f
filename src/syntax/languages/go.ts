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
import { folderOf } from './paths.js';

const isComment = (kind: string): boolean => kind === 'comment';

const receiverType = (tree: SyntaxTree, node: number): string | null => {
  const list = tree.child(node, 'receiver');
  return list < 0 ? null : typeName(tree.text(tree.child(tree.firstChild(list), 'type')));
};

interface LiteralPlace {
  readonly name: number;
  /** The declaration, or the literal alone where the declaration holds several. */
  readonly outer: number;
  readonly anchor: number;
}

/** The name that a declaration gives a function literal: the first of `a, b := func…, func…` is `a`. */
const literalPlace = (tree: SyntaxTree, node: number): LiteralPlace | null => {
  const list = tree.parent(node);
  const declaration = tree.parent(list);
  const isVar = tree.kind(declaration) === 'var_spec';
  if (tree.kind(list) !== 'expression_list' || (!isVar && tree.kind(declaration) !== 'short_var_declaration'))
    return null;
  const values = [...tree.children(list)];
  const names = isVar
    ? namesOf(tree, declaration, 'name')
    : [...tree.children(tree.child(declaration, 'left'))];
  if (names.length !== values.length) return null;
  // In `var ( … )` each line stands for itself.
  const isLone = isVar && tree.kind(tree.parent(declaration)) === 'var_declaration';
  const anchor = isLone ? tree.parent(declaration) : declaration;
  return { name: names[values.indexOf(node)]!, outer: values.length === 1 ? anchor : node, anchor };
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead => {
  const parameters: string[] = [];
  let isOpen = false;
  const list = tree.child(node, 'parameters');
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (!kind.endsWith('parameter_declaration')) continue;
    if (kind.startsWith('variadic')) isOpen = true;
    const names = [...tree.children(child)].filter((at) => tree.field(at) === 'name');
    parameters.push(...(names.length === 0 ? [tree.text(child)] : names.map((at) => tree.text(at))));
  }
  const owner = receiverType(tree, node);
  const place = tree.kind(node) === 'func_literal' ? literalPlace(tree, node) : null;
  const own = place?.name ?? tree.child(node, 'name');
  return {
    name: tree.text(own) || null,
    isDefaultExport: false,
    kind: owner === null ? 'function' : 'method',
    owner: owner === null ? [] : [owner],
    ownerIsClass: owner !== null,
    outer: place?.outer ?? node,
    anchor: place?.anchor ?? node,
    body: tree.child(node, 'body'),
    isLexical: owner === null,
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
  const type = tree.child(node, 'type');
  const kind = tree.kind(type);
  if (name === '' || (kind !== 'struct_type' && kind !== 'interface_type' && kind !== 'type_identifier')) {
    return name === '' ? null : { name, kind: 'class', superTypes: [] };
  }
  const superTypes: string[] = [];
  const fields = tree.firstChild(type);
  for (const field of kind === 'struct_type' && fields >= 0 ? tree.children(fields) : []) {
    // An embedded field has a type and no name: its methods are promoted.
    if (tree.kind(field) !== 'field_declaration' || tree.child(field, 'name') >= 0) continue;
    const embedded = typeName(tree.text(tree.child(field, 'type')));
    if (embedded !== null) superTypes.push(embedded);
  }
  return { name, kind: 'class', superTypes };
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  let callee = tree.child(node, 'function');
  while (
    /^(parenthesized_expression|type_instantiation_expression|index_expression)$/.test(tree.kind(callee))
  )
    callee = tree.firstChild(callee);
  const arity = /\.\.\.\s*\)$/.test(tree.text(node).slice(-12))
    ? -1
    : countArguments(tree, tree.child(node, 'arguments'));
  if (tree.kind(callee) === 'identifier')
    return { name: tree.text(callee), receiver: null, arity, isConstruction: false };
  if (tree.kind(callee) !== 'selector_expression') return null;
  const name = tree.text(tree.child(callee, 'field'));
  const operand = tree.child(callee, 'operand');
  // T{…}.m() and (&T{…}).m() name the receiver's type.
  const literal = /^\(?&?([A-Za-z_]\w*)\{/.exec(tree.text(operand).slice(0, 80))?.[1];
  return { name, receiver: literal ?? receiverPath(tree.text(operand)), arity, isConstruction: false };
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const module = tree.text(tree.child(node, 'path')).slice(1, -1);
  const alias = tree.child(node, 'name');
  if (tree.kind(alias) === 'dot') return [{ kind: 'import', local: '*', module, imported: '*' }];
  const last =
    module
      .split('/')
      .filter((part) => !/^v\d+$/.test(part))
      .at(-1) ?? module;
  return [{ kind: 'import', local: alias >= 0 ? tree.text(alias) : last, module, imported: '*' }];
};

const literalType = (tree: SyntaxTree, value: number): string | null => {
  const text = tree.text(value).slice(0, 120);
  const literal =
    /^&?((?:\w+\.)?[A-Za-z_]\w*)(?:\[[^\]]*\])?\{/.exec(text)?.[1] ??
    /^new\(\s*([\w.]+)\s*\)/.exec(text)?.[1];
  if (literal !== undefined) return literal;
  // By custom NewFoo makes a Foo.
  return /^New([A-Z]\w*)\(/.exec(text)?.[1] ?? null;
};

const namesOf = (tree: SyntaxTree, node: number, field: string): number[] =>
  [...tree.children(node)].filter((child) => tree.field(child) === field);

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const kind = tree.kind(node);
  if (kind === 'short_var_declaration' || kind === 'range_clause') {
    const left = tree.child(node, 'left');
    const right = tree.child(node, 'right');
    const values = right < 0 ? [] : [...tree.children(right)];
    if (tree.kind(values[0] ?? -1) === 'func_literal') return [];
    const names = left < 0 ? [] : [...tree.children(left)];
    return names.map((name, at) => ({
      name: tree.text(name),
      type:
        kind === 'range_clause' || values.length !== names.length
          ? at === 0 && values.length === 1 && kind !== 'range_clause'
            ? literalType(tree, values[0]!)
            : null
          : literalType(tree, values[at]!),
    }));
  }
  const declared = tree.child(node, 'type');
  if (kind === 'field_declaration') {
    const fieldType = qualified(tree.text(declared));
    const own =
      tree.child(node, 'name') >= 0
        ? namesOf(tree, node, 'name').map((at) => tree.text(at))
        : [typeName(tree.text(declared)) ?? ''];
    return own.map((name) => ({ name: `this.${name}`, type: fieldType }));
  }
  const value = tree.child(node, 'value');
  if (kind === 'var_spec' && tree.kind(tree.firstChild(value)) === 'func_literal') return [];
  const type =
    declared >= 0
      ? qualified(tree.text(declared))
      : value >= 0
        ? literalType(tree, tree.firstChild(value))
        : null;
  return namesOf(tree, node, 'name').map((name) => ({ name: tree.text(name), type }));
};

const qualified = (type: string): string | null =>
  /^\*?((?:\w+\.)?[A-Za-z_]\w*)(?:\[|$)/.exec(type)?.[1] ?? null;

const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  const text = docAbove(tree, head.anchor, isComment);
  return text === null ? null : { text, inside: -1 };
};

/** The files of the folder that the longest tail of the import path names. */
const resolveModule = ({ module, path, filesIn }: ModuleRequest): readonly string[] => {
  const parts = module.split('/');
  for (let from = 0; from < parts.length; from++) {
    const files = filesIn(parts.slice(from).join('/')).filter(
      (file) => file.endsWith('.go') && !file.endsWith('_test.go'),
    );
    if (files.length > 0 && folderOf(files[0]!) !== folderOf(path)) return files;
  }
  return [];
};

/** Go: functions, methods by receiver, literals named by their variable, packages by folder. */
export const go = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.go'],
    grammar: { package: 'tree-sitter-go', wasm: 'tree-sitter-go.wasm' },
    functionKinds: new Set(['function_declaration', 'method_declaration', 'func_literal']),
    commentKinds: new Set(['comment']),
    scopeKinds: new Set(['type_spec']),
    classWrappers: new Set(['type_declaration']),
    typeKinds: new Set(['type_alias']),
    constantKinds: new Set(['const_spec', 'var_spec']),
    callKinds: new Set(['call_expression']),
    linkKinds: new Set(['import_spec']),
    bindingKinds: new Set([
      'short_var_declaration',
      'range_clause',
      'var_spec',
      'parameter_declaration',
      'variadic_parameter_declaration',
      'field_declaration',
    ]),
    stringKinds: new Set(['raw_string_literal']),
    fieldParents: new Set([
      'function_declaration',
      'method_declaration',
      'func_literal',
      'type_spec',
      'field_declaration',
      'call_expression',
      'selector_expression',
      'import_spec',
      'short_var_declaration',
      'range_clause',
      'var_spec',
      'parameter_declaration',
      'variadic_parameter_declaration',
    ]),
    snippetWrappers: [{ prefix: 'package p\n', suffix: '\n' }],
    sharesFolderScope: true,
    hasPlainDocs: true,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set(
      'append cap close copy delete len make new panic print println recover Add Close Copy Error Errorf Fatal Get Join Len Lock New Print Printf Println Put Read Run Scan Set Split String Unlock Unmarshal Marshal Write Done Wait Value Name Next'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
