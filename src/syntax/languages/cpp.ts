import type { Binding, CallSite, FunctionHead, ModuleRequest, NamedScope } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { c } from './c.js';
import { countArguments, receiverPath, typeName } from './call-text.js';
import { repairCpp } from './cpp-repair.js';
import { defineLanguage } from './define-language.js';
import { folderOf, joinPath } from './paths.js';

/** One step down a declarator towards the name that it declares, or -1. */
const innerDeclarator = (tree: SyntaxTree, node: number): number => {
  if (tree.kind(node) === 'operator_cast') return -1;
  const inner = tree.child(node, 'declarator');
  if (inner >= 0) return inner;
  if (!/^(parenthesized|reference|variadic|attributed|pointer)_declarator$/.test(tree.kind(node))) return -1;
  for (const child of tree.children(node))
    if (/declarator$|identifier$|_name$/.test(tree.kind(child))) return child;
  return -1;
};

interface Declared {
  /** Down to the name, or -1. */
  readonly name: number;
  /** The innermost node with parameters, or -1. */
  readonly parameters: number;
}

const declared = (tree: SyntaxTree, declarator: number): Declared => {
  let parameters = -1;
  let at = declarator;
  for (let inner = at; inner >= 0; inner = innerDeclarator(tree, inner)) {
    at = inner;
    if (tree.kind(inner) === 'function_declarator') parameters = tree.child(inner, 'parameters');
  }
  return { name: at, parameters };
};

/** `int` of `Foo<int>::bar` parts no names: only the outermost `::` do. */
const qualifiedParts = (tree: SyntaxTree, node: number): { owner: string[]; own: number } => {
  const owner: string[] = [];
  let at = node;
  while (tree.kind(at) === 'qualified_identifier') {
    const scope = tree.child(at, 'scope');
    const part = scope < 0 ? '' : typeName(tree.text(scope));
    if (part !== null && part !== '') owner.push(part);
    at = tree.child(at, 'name');
  }
  return { owner, own: at };
};

const nameText = (tree: SyntaxTree, node: number): string => {
  switch (tree.kind(node)) {
    case 'template_function':
    case 'template_method':
    case 'template_type':
      return tree.text(tree.child(node, 'name'));
    case 'operator_cast':
      return `operator ${tree.text(tree.child(node, 'type'))}`;
    case 'operator_name':
      return tree.text(node).replace(/^operator\s*(?=\W)/, 'operator');
    default:
      return tree.text(node).replace(/\s+/g, '');
  }
};

const parameterNames = (tree: SyntaxTree, list: number) => {
  const parameters: string[] = [];
  let optional = 0;
  let isOpen = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind === 'variadic_parameter') isOpen = true;
    if (!kind.endsWith('parameter_declaration')) continue;
    const { name } = declared(tree, tree.child(child, 'declarator'));
    const text = tree.text(child);
    if (name < 0 && text === 'void') continue;
    parameters.push(/identifier$/.test(tree.kind(name)) ? tree.text(name) : text);
    if (kind === 'optional_parameter_declaration') optional++;
    if (kind === 'variadic_parameter_declaration') isOpen = true;
  }
  return { parameters, optional, isOpen };
};

/** The class whose body holds a member, without its template arguments. */
const classAround = (tree: SyntaxTree, node: number): string | null => {
  let list = tree.parent(node);
  while (/^(template|friend)_declaration$|^preproc_/.test(tree.kind(list))) list = tree.parent(list);
  if (tree.kind(list) !== 'field_declaration_list') return null;
  return typeName(tree.text(tree.child(tree.parent(list), 'name')));
};

/** Out to `template <…>`, `friend` and `extern "C"` that hold nothing but the definition. */
const outermost = (tree: SyntaxTree, node: number): number => {
  let at = node;
  for (let parent = tree.parent(at); ; parent = tree.parent(at)) {
    const kind = tree.kind(parent);
    const isAlone = kind === 'linkage_specification' && tree.child(parent, 'body') === at;
    if (!isAlone && kind !== 'template_declaration' && kind !== 'friend_declaration') return at;
    at = parent;
  }
};

const KEYWORD =
  /^(if|else|for|while|do|switch|case|return|catch|try|sizeof|alignof|new|delete|int|void|char|bool|float|double|long|short|unsigned|signed|auto|const|static|inline)$/;

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'lambda_expression') return null;
  const found = declared(tree, tree.child(node, 'declarator'));
  const { owner, own } = qualifiedParts(tree, found.name);
  let name = nameText(tree, own);
  const { parameters, optional, isOpen } = parameterNames(tree, found.parameters);
  const around = classAround(tree, node);
  const className = owner.at(-1) ?? around;
  const isConstructor = name === className;
  // TEST(Suite, Case) { … }: a macro that defines a function named by its arguments.
  const isMacro =
    owner.length === 0 &&
    tree.child(node, 'type') < 0 &&
    !isConstructor &&
    tree.kind(own) === 'identifier' &&
    /^[A-Z][A-Z\d_]+$/.test(name);
  if (isMacro) {
    name = /^\w+$/.test(parameters.at(-1) ?? '') ? parameters.at(-1)! : '';
    owner.push(...parameters.slice(0, -1).filter((part) => /^\w+$/.test(part)));
  }
  const isMember = !isMacro && className !== null;
  const outer = outermost(tree, node);
  const isStatic = tree.kind(tree.childOfKind(node, 'storage_class_specifier')) !== '';
  return {
    name: name === '' || KEYWORD.test(name) ? null : name,
    isDefaultExport: false,
    kind: isConstructor ? 'constructor' : isMember ? 'method' : 'function',
    owner,
    ownerIsClass: !isMacro && owner.length > 0,
    outer,
    anchor: outer,
    body: tree.child(node, 'body'),
    isLexical: !isMember,
    isFileLocal:
      !isMember &&
      isStatic &&
      [...tree.children(node)].some(
        (child) => tree.kind(child) === 'storage_class_specifier' && tree.text(child) === 'static',
      ),
    parameters: isMacro ? [] : parameters,
    arity: [
      Math.max(0, parameters.length - optional - (isOpen ? 1 : 0)),
      isOpen ? Number.POSITIVE_INFINITY : parameters.length,
    ],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const own = tree.child(node, 'name');
  // `struct S x;` names a class without declaring it.
  if (own < 0 || tree.child(node, 'body') < 0) return null;
  if (tree.kind(node) === 'namespace_definition') {
    const name = tree
      .text(own)
      .replace(/\s+|\binline\b/g, '')
      .replace(/::/g, '.');
    return { name, kind: 'namespace', superTypes: [] };
  }
  const name = typeName(tree.text(own));
  if (name === null) return null;
  const bases = tree.childOfKind(node, 'base_class_clause');
  const superTypes: string[] = [];
  for (const base of bases < 0 ? [] : tree.children(bases)) {
    if (!/identifier$|_type$/.test(tree.kind(base))) continue;
    const found = typeName(tree.text(base));
    if (found !== null) superTypes.push(found);
  }
  return { name, kind: 'class', superTypes };
};

const withoutArguments = (text: string): string => {
  let plain = text;
  for (let last = ''; last !== plain; ) {
    last = plain;
    plain = plain.replace(/<[^<>]*>/g, '');
  }
  return plain;
};

const receiverOf = (tree: SyntaxTree, node: number): string => {
  const text = tree.text(node);
  if (text.length > 200) return '?';
  return receiverPath(withoutArguments(text).replace(/^\(\s*\*\s*this\s*\)/, 'this'));
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const arity = countArguments(tree, tree.child(node, 'arguments'), /parameter_pack_expansion/);
  if (tree.kind(node) === 'new_expression') {
    const name = typeName(tree.text(tree.child(node, 'type')));
    return name === null ? null : { name, receiver: null, arity, isConstruction: true };
  }
  const callee = tree.child(node, 'function');
  switch (tree.kind(callee)) {
    case 'identifier':
    case 'template_function':
      return { name: nameText(tree, callee), receiver: null, arity, isConstruction: false };
    case 'field_expression': {
      const name = nameText(tree, tree.child(callee, 'field'));
      const receiver = receiverOf(tree, tree.child(callee, 'argument'));
      return { name, receiver, arity, isConstruction: false };
    }
    case 'qualified_identifier': {
      const { owner, own } = qualifiedParts(tree, callee);
      return {
        name: nameText(tree, own),
        receiver: owner.length === 0 ? null : owner.join('.'),
        arity,
        isConstruction: false,
      };
    }
    default:
      return null;
  }
};

const POINTER = /^(?:const\s+)?(?:std::)?(?:unique_ptr|shared_ptr|weak_ptr|optional)\s*<\s*([\s\S]+)>$/;

/** The class that a value names: `new T`, `T(…)`, `std::make_unique<T>(…)`. */
const valueType = (text: string): string | null =>
  /^new\s+(?:\w+::)*(\w+)/.exec(text)?.[1] ??
  /^(?:std::)?make_(?:unique|shared)\s*<\s*(?:\w+::)*(\w+)/.exec(text)?.[1] ??
  /^(?:\w+::)*([A-Z]\w*)\s*[({]/.exec(text)?.[1] ??
  null;

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const text = tree.text(tree.child(node, 'type'));
  const held = POINTER.exec(text)?.[1] ?? text;
  const type = /^(auto|decltype)\b/.test(held)
    ? null
    : typeName(held.replace(/^(const|struct|class)\s+/, ''));
  const bindings: Binding[] = [];
  for (const child of tree.children(node)) {
    if (tree.field(child) !== 'declarator') continue;
    const isInitialized = tree.kind(child) === 'init_declarator';
    const { name, parameters } = declared(tree, isInitialized ? tree.child(child, 'declarator') : child);
    // A prototype declares the function that it names.
    if (parameters >= 0 || !/^(field_)?identifier$/.test(tree.kind(name))) continue;
    const value = isInitialized ? tree.text(tree.child(child, 'value')).slice(0, 120) : '';
    bindings.push({ name: tree.text(name), type: type ?? valueType(value) });
  }
  return bindings;
};

const SOURCES = ['.cpp', '.cc', '.cxx', '.c++', '.c'];

/** A header stands for itself and for the source file of the same name. */
const resolveModule = ({ module, path, hasFile, filesNamed }: ModuleRequest): readonly string[] => {
  const near = joinPath(folderOf(path), module);
  const base = module.slice(module.lastIndexOf('/') + 1);
  const header =
    near !== null && hasFile(near)
      ? near
      : filesNamed(base).find((file) => file === module || file.endsWith(`/${module}`));
  if (header === undefined) return [];
  const stem = base.replace(/\.[^.]*$/, '');
  const sources = SOURCES.flatMap((extension) => filesNamed(stem + extension));
  const beside = sources.filter((file) => folderOf(file) === folderOf(header));
  return [header, ...(beside.length > 0 ? beside : sources.length === 1 ? sources : [])];
};

/** C++: functions and methods in classes and out of them, templates, operators, headers by name. */
export const cpp = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.cpp', '.cc', '.cxx', '.c++', '.hpp', '.hh', '.hxx', '.h++', '.ipp', '.tpp', '.inl'],
    grammar: { package: 'tree-sitter-cpp', wasm: 'tree-sitter-cpp.wasm' },
    functionKinds: new Set(['function_definition', 'lambda_expression']),
    commentKinds: new Set(['comment']),
    scopeKinds: new Set([
      'class_specifier',
      'struct_specifier',
      'union_specifier',
      'enum_specifier',
      'namespace_definition',
    ]),
    classWrappers: new Set(['template_declaration']),
    typeKinds: new Set(['type_definition', 'alias_declaration']),
    constantKinds: new Set(['declaration', 'preproc_def']),
    callKinds: new Set(['call_expression', 'new_expression']),
    linkKinds: new Set(['preproc_include']),
    bindingKinds: new Set([
      'declaration',
      'parameter_declaration',
      'optional_parameter_declaration',
      'field_declaration',
      'for_range_loop',
    ]),
    stringKinds: new Set(['raw_string_literal']),
    fieldParents: new Set([
      'function_definition',
      'function_declarator',
      'pointer_declarator',
      'array_declarator',
      'init_declarator',
      'declaration',
      'field_declaration',
      'parameter_declaration',
      'optional_parameter_declaration',
      'variadic_parameter_declaration',
      'qualified_identifier',
      'template_function',
      'template_method',
      'template_type',
      'operator_cast',
      'class_specifier',
      'struct_specifier',
      'union_specifier',
      'enum_specifier',
      'namespace_definition',
      'linkage_specification',
      'call_expression',
      'new_expression',
      'field_expression',
      'for_range_loop',
      'preproc_include',
    ]),
    snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n};' }],
    hasImplicitReceiver: true,
    sharesFolderScope: true,
    hasGlobalClasses: true,
    repairSource: repairCpp,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks: c.describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set([
      ...c.commonNames,
      ...'append assign at back begin bind c_str capacity cbegin cend clear copy count data emplace emplace_back empty end erase fill find first forward front get insert join length lock make_pair make_shared make_unique max min move pop pop_back print push push_back release reserve reset resize second size sort store str substr swap to_string top unlock value wait what'.split(
        ' ',
      ),
    ]),
    findDoc: c.findDoc,
  }))();

const CPP_ONLY =
  /^[ \t]*(?:template\s*<|namespace\b|using\s+\w|class\s+\w+[^;*()]*(?:\{|$)|(?:public|private|protected)\s*:|#\s*include\s*<(?:algorithm|array|atomic|cassert|chrono|cmath|cstddef|cstdint|cstdio|cstdlib|cstring|deque|fstream|functional|initializer_list|iosfwd|iostream|iterator|limits|list|map|memory|mutex|new|numeric|optional|ostream|queue|set|sstream|stdexcept|string|string_view|thread|tuple|type_traits|unordered_map|unordered_set|utility|variant|vector)>|(?:virtual|constexpr|explicit|friend)\s+\w|enum\s+class\b)|\b(?:std|boost)::\w|\boperator\s*[=<>!+*/[(-]|\b(?:static|dynamic|reinterpret|const)_cast\s*</m;

/** What a header may say to C++ alone, so that C reads it too. */
const GUARDED =
  /^[ \t]*#[ \t]*if(?:def[ \t]+__cplusplus\b|[ \t]+defined[ \t]*\(?[ \t]*__cplusplus\b)[\s\S]*?^[ \t]*#[ \t]*(?:endif|else|elif)\b/gm;

/**
 * Whether the text of a `.h` file is C++: it holds what C has no word for, outside of comments and of what it shows
 * to C++ alone.
 */
export const isCppHeader = (text: string): boolean =>
  CPP_ONLY.test(text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '').replace(GUARDED, ''));
