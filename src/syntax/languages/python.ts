import type {
  Binding,
  CallSite,
  FunctionHead,
  ModuleLink,
  ModuleRequest,
  NamedScope,
} from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { countArguments, receiverPath } from './call-text.js';
import { defineLanguage } from './define-language.js';
import { folderOf, joinPath } from './paths.js';
import { findConstantDoc, findDoc } from './python-docs.js';

const parameterName = (tree: SyntaxTree, node: number): string => {
  const name = tree.child(node, 'name');
  const kind = tree.kind(node);
  if (name >= 0) return tree.text(name);
  return kind === 'typed_parameter' || kind.includes('splat')
    ? parameterName(tree, tree.firstChild(node))
    : tree.text(node);
};

/** The class whose body holds a definition, decorated or not. */
const classAround = (tree: SyntaxTree, node: number): number => {
  let at = tree.parent(node);
  if (tree.kind(at) === 'decorated_definition') at = tree.parent(at);
  if (tree.kind(at) !== 'block') return -1;
  const owner = tree.parent(at);
  return tree.kind(owner) === 'class_definition' ? owner : -1;
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead => {
  const name = tree.text(tree.child(node, 'name'));
  const parent = tree.parent(node);
  const outer = tree.kind(parent) === 'decorated_definition' ? parent : node;
  const isMethod = classAround(tree, node) >= 0;
  const decorators = outer === node ? '' : tree.source.slice(tree.starts[outer]!, tree.starts[node]!);
  const list = tree.child(node, 'parameters');
  const parameters: string[] = [];
  let fewest = 0;
  let most = 0;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const kind = tree.kind(child);
    if (kind.endsWith('separator') || kind === 'comment') continue;
    const isRest = /splat/.test(kind) || /splat/.test(tree.kind(tree.firstChild(child)));
    parameters.push(parameterName(tree, child));
    if (isRest) most = Number.POSITIVE_INFINITY;
    else most++;
    if (kind === 'identifier' || (kind === 'typed_parameter' && !isRest)) fewest++;
  }
  const hasReceiver = isMethod && !/@staticmethod\b/.test(decorators);
  return {
    name: name === '' ? null : name,
    isDefaultExport: false,
    kind:
      name === '__init__'
        ? 'constructor'
        : /@(property|\w+\.setter|cached_property)\b/.test(decorators)
          ? 'accessor'
          : isMethod
            ? 'method'
            : 'function',
    owner: [],
    ownerIsClass: false,
    outer,
    anchor: outer,
    body: tree.child(node, 'body'),
    isLexical: !isMethod,
    isFileLocal: false,
    parameters,
    arity: hasReceiver ? [Math.max(0, fewest - 1), Math.max(0, most - 1)] : [fewest, most],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope => {
  const bases = tree.child(node, 'superclasses');
  const superTypes: string[] = [];
  for (const base of bases < 0 ? [] : tree.children(bases)) {
    const named = tree.kind(base) === 'subscript' ? tree.child(base, 'value') : base;
    if (tree.kind(named) === 'identifier' || tree.kind(named) === 'attribute')
      superTypes.push(tree.text(named));
  }
  return { name: tree.text(tree.child(node, 'name')), kind: 'class', superTypes };
};

/** The nearest function around a node, or -1. */
const functionAround = (tree: SyntaxTree, node: number): number => {
  let at = tree.parent(node);
  while (at >= 0 && tree.kind(at) !== 'function_definition') at = tree.parent(at);
  return at;
};

/** The name that the method around a node gives its receiver, or null outside of methods. */
const receiverName = (tree: SyntaxTree, node: number): string | null => {
  for (let around = functionAround(tree, node); around >= 0; around = functionAround(tree, around)) {
    if (classAround(tree, around) < 0) continue;
    const list = tree.child(around, 'parameters');
    const first = tree.firstChild(list);
    return first < 0 ? null : parameterName(tree, first);
  }
  return null;
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const callee = tree.child(node, 'function');
  const list = tree.child(node, 'arguments');
  const arity = tree.kind(list) === 'argument_list' ? countArguments(tree, list) : 1;
  if (tree.text(callee) === 'cls' && receiverName(tree, node) === 'cls')
    return { name: '__init__', receiver: 'this', arity, isConstruction: false };
  if (tree.kind(callee) === 'identifier') {
    return { name: tree.text(callee), receiver: null, arity, isConstruction: false };
  }
  if (tree.kind(callee) !== 'attribute') return null;
  const name = tree.text(tree.child(callee, 'attribute'));
  const object = tree.child(callee, 'object');
  const text = tree.text(object);
  if (/^super\s*\(/.test(text)) return { name, receiver: 'super', arity, isConstruction: false };
  const path = receiverPath(text);
  const first = path.split('.')[0]!;
  if (/^(self|cls|mcs)$/.test(first) && receiverName(tree, node) !== null) {
    return { name, receiver: ['this', ...path.split('.').slice(1)].join('.'), arity, isConstruction: false };
  }
  // A name called on a class passes the receiver itself: its arity is one more.
  return {
    name,
    receiver: path,
    arity: /^[A-Z]/.test(path.split('.').at(-1)!) ? -1 : arity,
    isConstruction: false,
  };
};

const moduleText = (tree: SyntaxTree, node: number): string => tree.text(node).replace(/\s+/g, '');

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  const from = tree.child(node, 'module_name');
  const module = from < 0 ? null : moduleText(tree, from);
  for (const child of tree.children(node)) {
    if (child === from) continue;
    const kind = tree.kind(child);
    if (kind === 'wildcard_import' && module !== null) {
      links.push(
        { kind: 'import', local: '*', module, imported: '*' },
        { kind: 'reexport', exported: '*', module, imported: '*' },
      );
      continue;
    }
    const isAliased = kind === 'aliased_import';
    if (!isAliased && kind !== 'dotted_name') continue;
    const name = moduleText(tree, isAliased ? tree.child(child, 'name') : child);
    const local = isAliased ? tree.text(tree.child(child, 'alias')) : name;
    if (module === null) links.push({ kind: 'import', local, module: name, imported: '*' });
    else links.push({ kind: 'import', local, module, imported: name });
  }
  return links;
};

const constructedType = (tree: SyntaxTree, value: number): string | null => {
  if (tree.kind(value) !== 'call') return null;
  const path = receiverPath(tree.text(tree.child(value, 'function')));
  return /^_*\p{Lu}/u.test(path.split('.').at(-1)!) ? path : null;
};

const annotation = (tree: SyntaxTree, node: number): string | null => {
  const type = tree.child(node, 'type');
  if (type < 0) return null;
  const path = receiverPath(tree.text(type).replace(/^["']|["']$/g, ''));
  return path === '?' ? null : path;
};

const identifiersOf = (tree: SyntaxTree, pattern: number): string[] => {
  const names: string[] = [];
  for (let at = pattern; at >= 0 && at < tree.after[pattern]!; at++) {
    const kind = tree.kind(at);
    if (kind === 'attribute' || kind === 'subscript' || kind === 'call') at = tree.after[at]! - 1;
    else if (kind === 'identifier') names.push(tree.text(at));
  }
  return names;
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  switch (tree.kind(node)) {
    case 'assignment': {
      const left = tree.child(node, 'left');
      const value = tree.child(node, 'right');
      if (tree.kind(value) === 'lambda') return [];
      let type = annotation(tree, node) ?? constructedType(tree, value);
      if (tree.kind(left) === 'attribute') {
        const text = tree.text(left);
        if (!/^self\.\w+$/.test(text)) return [];
        // `self.x = x` takes the type that the parameter declares.
        if (type === null && tree.kind(value) === 'identifier')
          type = parameterType(tree, node, tree.text(value));
        return [{ name: `this.${text.slice(5)}`, type }];
      }
      return identifiersOf(tree, left).map((name) => ({
        name,
        type: tree.kind(left) === 'identifier' ? type : null,
      }));
    }
    case 'parameters':
    case 'lambda_parameters':
      return [...tree.children(node)].map((child) => ({
        name: parameterName(tree, child),
        type: annotation(tree, child),
      }));
    case 'for_statement':
    case 'for_in_clause':
      return identifiersOf(tree, tree.child(node, 'left')).map((name) => ({ name, type: null }));
    case 'as_pattern': {
      const alias = tree.child(node, 'alias');
      const type = constructedType(tree, tree.firstChild(node));
      return identifiersOf(tree, alias).map((name) => ({ name, type }));
    }
    default:
      return [];
  }
};

const parameterType = (tree: SyntaxTree, node: number, name: string): string | null => {
  const around = functionAround(tree, node);
  const list = around < 0 ? -1 : tree.child(around, 'parameters');
  for (const child of list < 0 ? [] : tree.children(list)) {
    if (parameterName(tree, child) === name) return annotation(tree, child);
  }
  return null;
};

const resolveModule = ({ module, path, hasFile, filesNamed }: ModuleRequest): readonly string[] => {
  const dots = /^\.*/.exec(module)![0].length;
  const parts = module
    .slice(dots)
    .split('.')
    .filter((part) => part !== '');
  const asFile = (base: string): string[] =>
    [`${base}.py`, `${base}.pyi`, base === '' ? '__init__.py' : `${base}/__init__.py`].filter(hasFile);
  if (dots > 0) {
    const base = joinPath(folderOf(path), [...Array<string>(dots - 1).fill('..'), ...parts].join('/'));
    return base === null ? [] : asFile(base).slice(0, 1);
  }
  const relative = parts.join('/');
  for (let folder = folderOf(path); ; folder = folderOf(folder)) {
    const base = folder === '' ? relative : `${folder}/${relative}`;
    const found = asFile(base);
    if (found.length > 0) return found.slice(0, 1);
    if (folder === '') break;
  }
  const last = parts.at(-1)!;
  const ends = [
    ...filesNamed(`${last}.py`).filter((file) => file.endsWith(`/${relative}.py`)),
    ...filesNamed('__init__.py').filter((file) => file.endsWith(`/${relative}/__init__.py`)),
  ];
  return ends.length === 1 ? ends : [];
};

/** Python: functions and methods, docstrings, imports with aliases and relative dots. */
export const python = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.py', '.pyi'],
    grammar: { package: 'tree-sitter-python', wasm: 'tree-sitter-python.wasm' },
    functionKinds: new Set(['function_definition']),
    commentKinds: new Set(['comment']),
    scopeKinds: new Set(['class_definition']),
    classWrappers: new Set(['decorated_definition']),
    constantKinds: new Set(['expression_statement']),
    callKinds: new Set(['call']),
    linkKinds: new Set(['import_statement', 'import_from_statement']),
    bindingKinds: new Set([
      'assignment',
      'parameters',
      'lambda_parameters',
      'for_statement',
      'for_in_clause',
      'as_pattern',
    ]),
    stringKinds: new Set(['string']),
    fieldParents: new Set([
      'function_definition',
      'class_definition',
      'call',
      'attribute',
      'assignment',
      'typed_parameter',
      'default_parameter',
      'typed_default_parameter',
      'import_from_statement',
      'aliased_import',
      'for_statement',
      'for_in_clause',
      'as_pattern',
      'subscript',
    ]),
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    submodule: (module, name) => (module.endsWith('.') ? module + name : `${module}.${name}`),
    commonNames: new Set(
      'append extend insert remove pop clear index count sort reverse copy get items keys values update setdefault join split strip format encode decode read write close open add discard union startswith endswith replace find lower upper run start stop send put info debug warning error exception group match search sub print len range'.split(
        ' ',
      ),
    ),
    findDoc,
    findConstantDoc,
  }))();
