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

const isComment = (kind: string): boolean => kind === 'line_comment' || kind === 'block_comment';

/** A type's own name behind references, lifetimes and `dyn`. */
const ownType = (text: string): string | null =>
  typeName(text.replace(/^(?:\s*(?:&|'\w+|mut\b|dyn\b|impl\b))+\s*/, ''));

/** `Box<T>` and its like are called as what they hold. */
const heldType = (text: string): string | null => {
  const held = /^(?:&(?:'\w+\s+)?(?:mut\s+)?)?(?:\w+::)*(?:Box|Rc|Arc|RefMut|MutexGuard)<\s*([\s\S]+)>$/.exec(
    text,
  );
  return ownType(held === null ? text : held[1]!);
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead | null => {
  if (tree.kind(node) === 'closure_expression') return null;
  const list = tree.child(node, 'parameters');
  const parameters: string[] = [];
  let hasSelf = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    if (tree.kind(child) === 'self_parameter') hasSelf = true;
    else if (tree.kind(child) === 'parameter') parameters.push(tree.text(tree.child(child, 'pattern')));
  }
  const isMember = /^(impl_item|trait_item)$/.test(tree.kind(tree.parent(tree.parent(node))));
  return {
    name: tree.text(tree.child(node, 'name')).replace(/^r#/, '') || null,
    isDefaultExport: false,
    kind: isMember ? 'method' : 'function',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    body: tree.child(node, 'body'),
    isLexical: !isMember,
    isFileLocal: false,
    parameters,
    // `T::f(x, y)` hands over what `x.f(y)` has before the dot.
    arity: [parameters.length, parameters.length + (hasSelf ? 1 : 0)],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  if (tree.kind(node) === 'mod_item') {
    if (tree.child(node, 'body') < 0) return null;
    return { name: tree.text(tree.child(node, 'name')), kind: 'namespace', superTypes: [] };
  }
  if (tree.kind(node) !== 'impl_item') {
    const name = tree.text(tree.child(node, 'name'));
    const bounds = tree.child(node, 'bounds');
    const superTypes = bounds < 0 ? [] : [...tree.children(bounds)].map((type) => ownType(tree.text(type)));
    return {
      name,
      kind: 'class',
      superTypes: superTypes.filter((type): type is string => type !== null),
    };
  }
  const trait = tree.child(node, 'trait');
  const of = trait < 0 ? null : ownType(tree.text(trait));
  const name = ownType(tree.text(tree.child(node, 'type'))) ?? of;
  return name === null ? null : { name, kind: 'class', superTypes: of === null || of === name ? [] : [of] };
};

/** The module around, which is no super class. */
const OUTER = '^';

/** A path of names; `self` and `Self` are the own class. */
const pathOf = (text: string): string => {
  const path = receiverPath(text.replace(/::<[^<>]*>/g, '').replace(/<[^<>]*>/g, ''));
  return path.replace(/^(self|Self)(?=\.|$)/, 'this').replace(/\bsuper\b/g, OUTER);
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  let callee = tree.child(node, 'function');
  if (tree.kind(callee) === 'generic_function') callee = tree.child(callee, 'function');
  const arity = countArguments(tree, tree.child(node, 'arguments'));
  switch (tree.kind(callee)) {
    case 'identifier':
      return { name: tree.text(callee), receiver: null, arity, isConstruction: false };
    case 'field_expression': {
      const name = tree.text(tree.child(callee, 'field'));
      const value = tree.child(callee, 'value');
      return { name, receiver: pathOf(tree.text(value)), arity, isConstruction: false };
    }
    case 'scoped_identifier': {
      const name = tree.text(tree.child(callee, 'name'));
      return { name, receiver: pathOf(tree.text(tree.child(callee, 'path'))), arity, isConstruction: false };
    }
    default:
      return null;
  }
};

const useLinks = (tree: SyntaxTree, node: number, around: string, links: ModuleLink[]): void => {
  const join = (path: string): string => (around === '' ? path : path === '' ? around : `${around}::${path}`);
  const add = (path: string, local: string | null): void => {
    const full = join(path).replace(/\s+/g, '');
    const cut = full.lastIndexOf('::');
    const last = full.slice(cut < 0 ? 0 : cut + 2);
    if (cut >= 0 && last !== '')
      links.push({ kind: 'import', local: local ?? last, module: full.slice(0, cut), imported: last });
  };
  switch (tree.kind(node)) {
    case 'scoped_use_list':
      useLinks(tree, tree.child(node, 'list'), join(tree.text(tree.child(node, 'path'))), links);
      break;
    case 'use_list':
      for (const child of tree.children(node)) useLinks(tree, child, around, links);
      break;
    case 'use_as_clause':
      add(tree.text(tree.child(node, 'path')), tree.text(tree.child(node, 'alias')));
      break;
    case 'use_wildcard': {
      const module = join(tree.text(tree.firstChild(node))).replace(/\s+/g, '');
      if (module !== '') links.push({ kind: 'import', local: '*', module, imported: '*' });
      break;
    }
    case 'self':
      add('', null);
      break;
    case 'identifier':
    case 'scoped_identifier':
      add(tree.text(node), null);
      break;
  }
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  if (tree.kind(node) === 'use_declaration') {
    useLinks(tree, tree.child(node, 'argument'), '', links);
    // A module that says `pub use` hands on what it takes.
    if (tree.childOfKind(node, 'visibility_modifier') >= 0) {
      for (const link of [...links])
        if (link.kind === 'import')
          links.push({
            kind: 'reexport',
            exported: link.local,
            module: link.module,
            imported: link.imported,
          });
    }
    return links;
  }
  // A path in a call names a module without an import.
  const module = tree.text(tree.child(node, 'path')).replace(/\s+/g, '');
  const called = /^(call_expression|generic_function)$/.test(tree.kind(tree.parent(node)));
  if (!called || !/^[a-z_][\w]*(::[a-z_]\w*)*$/.test(module) || /^[sS]elf$/.test(module)) return [];
  const local = module.replace(/::/g, '.').replace(/\bsuper\b/g, OUTER);
  return [{ kind: 'import', local, module, imported: '*' }];
};

/** The class that a value names: `T { … }`, `T::new(…)`. */
const valueType = (text: string): string | null =>
  /^&?(?:mut\s+)?(?:\w+::)*([A-Z]\w*)\s*(?:::<[^()]*>)?(?:\{|::(?:new|default|from|with_\w+|open|create)\()/.exec(
    text.slice(0, 160),
  )?.[1] ?? null;

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const type = tree.child(node, 'type');
  const named = type < 0 ? null : heldType(tree.text(type));
  if (tree.kind(node) === 'field_declaration')
    return [{ name: tree.text(tree.child(node, 'name')), type: named }];
  const pattern = tree.child(node, 'pattern');
  const name = tree.text(pattern).replace(/^(?:ref\s+|mut\s+)+/, '');
  if (!/^\w+$/.test(name)) return [];
  return [{ name, type: named ?? valueType(tree.text(tree.child(node, 'value'))) }];
};

/** Above a declaration and its attributes; `//!` and `/*!` speak of what is around. */
const findDoc = (tree: SyntaxTree, _node: number, head: FunctionHead): AuthorDoc | null => {
  for (let at = head.anchor; at >= 0; ) {
    const above = tree.previous[at]!;
    if (above < 0) return null;
    if (isComment(tree.kind(above))) {
      if (/^\/[/*]!/.test(tree.text(above))) return null;
      const text = docAbove(tree, at, isComment);
      return text === null ? null : { text, inside: -1 };
    }
    if (tree.kind(above) !== 'attribute_item') return null;
    at = above;
  }
  return null;
};

/** The folder of a crate's root module, and a file's own place below it. */
const placeOf = (path: string): { readonly root: string; readonly module: readonly string[] } => {
  const parts = path.replace(/\.rs$/, '').split('/');
  const src = parts.lastIndexOf('src');
  const root = parts.slice(0, src + 1);
  const module = parts.slice(src + 1);
  if (/^(lib|main|mod)$/.test(module.at(-1) ?? '')) module.pop();
  return { root: root.join('/'), module };
};

const resolveModule = ({ module, path, hasFile, filesNamed }: ModuleRequest): readonly string[] => {
  const { root, module: own } = placeOf(path);
  const fileOf = (base: string, parts: readonly string[]): string | undefined => {
    const stem = [base, ...parts].filter((part) => part !== '').join('/');
    const roots = parts.length === 0 ? [`${stem}/lib.rs`, `${stem}/main.rs`] : [];
    return [...roots, `${stem}.rs`, `${stem}/mod.rs`].map((file) => file.replace(/^\//, '')).find(hasFile);
  };
  const [first, ...rest] = module.split('::');
  const bases: (readonly [string, readonly string[]])[] = [];
  if (first === 'crate') bases.push([root, rest]);
  else if (first === 'self') bases.push([root, [...own, ...rest]]);
  else if (first === 'super') {
    const up = rest.findIndex((part) => part !== 'super');
    const levels = 1 + (up < 0 ? rest.length : up);
    const below = rest.slice(levels - 1);
    // Within a module in the file, `super` is the file.
    bases.push([root, [...own.slice(0, -levels), ...below]]);
    bases.push([root, [...own.slice(0, own.length - levels + 1), ...below]]);
  } else {
    bases.push([root, [...own, first!, ...rest]], [root, [first!, ...rest]]);
    for (const file of filesNamed('lib.rs')) {
      const folder = folderOf(file);
      const crate = folder.split('/').at(-2) ?? '';
      if (crate.replace(/-/g, '_') === first) bases.push([folder, rest]);
    }
  }
  const files: string[] = [];
  for (const [base, parts] of bases) {
    // The last name may be that of a module or type within the file.
    const found = fileOf(base, parts) ?? (parts.length > 0 ? fileOf(base, parts.slice(0, -1)) : undefined);
    if (found !== undefined && !files.includes(found)) files.push(found);
  }
  return first === 'super' ? files : files.slice(0, 1);
};

/** Rust: functions, methods of `impl` and `trait`, docs above attributes, `use` paths. What macros hold is not read. */
export const rust = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.rs'],
    grammar: { package: 'tree-sitter-rust', wasm: 'tree-sitter-rust.wasm' },
    functionKinds: new Set(['function_item', 'closure_expression']),
    commentKinds: new Set(['line_comment', 'block_comment']),
    scopeKinds: new Set(['impl_item', 'trait_item', 'struct_item', 'enum_item', 'union_item', 'mod_item']),
    typeKinds: new Set(['type_item']),
    constantKinds: new Set(['const_item', 'static_item']),
    callKinds: new Set(['call_expression']),
    linkKinds: new Set(['use_declaration', 'scoped_identifier']),
    bindingKinds: new Set(['let_declaration', 'parameter', 'field_declaration']),
    stringKinds: new Set(['string_literal', 'raw_string_literal']),
    fieldParents: new Set([
      'function_item',
      'impl_item',
      'trait_item',
      'struct_item',
      'enum_item',
      'union_item',
      'mod_item',
      'call_expression',
      'generic_function',
      'field_expression',
      'scoped_identifier',
      'use_declaration',
      'scoped_use_list',
      'use_as_clause',
      'let_declaration',
      'parameter',
      'field_declaration',
    ]),
    snippetWrappers: [{ prefix: 'impl A {\n', suffix: '\n}' }],
    sharesFolderScope: false,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    submodule: (module, name) => `${module}::${name}`,
    commonNames: new Set(
      'all and_then any append as_bytes as_mut as_ref as_slice as_str borrow borrow_mut chain chars clear clone cloned cmp collect contains contains_key copied count default deref drain drop ends_with entry enumerate eq err expect extend filter filter_map find first flat_map flush fmt fold for_each from from_str get get_mut hash insert into into_iter is_empty is_none is_some iter iter_mut join keys last len lines lock map map_err max min new next next_back ok ok_or or_else parse peek pop position push push_str read remove replace resize rev reverse run send skip sort split splice starts_with step_by swap take to_owned to_string to_vec trim try_from try_into truncate unwrap unwrap_or unwrap_or_default unwrap_or_else values with_capacity wrapping_add write write_all zip'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
