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
import { countArguments, typeName } from './call-text.js';
import { docAbove } from './comments.js';
import { defineLanguage } from './define-language.js';

const isComment = (kind: string): boolean => kind === 'comment';
const bare = (text: string): string => (text.startsWith('$') ? text.slice(1) : text);

/** A closure takes the name of the variable or property that it is assigned to. */
const closureHolder = (tree: SyntaxTree, node: number): number => {
  const parent = tree.parent(node);
  return tree.kind(parent) === 'assignment_expression' && tree.child(parent, 'right') === node ? parent : -1;
};

/** `public int $x { get => 1; }`: the hook has the name that PHP itself gives it, `$x::get`. */
const describeHook = (tree: SyntaxTree, node: number): FunctionHead => {
  const property = tree.parent(tree.parent(node));
  const promoted = tree.child(property, 'name');
  const variable = promoted >= 0 ? promoted : tree.firstChild(tree.childOfKind(property, 'property_element'));
  const parts = [...tree.children(node)].filter((child) => !/comment|attribute_list/.test(tree.kind(child)));
  const last = parts.at(-1) ?? -1;
  const list = tree.childOfKind(node, 'formal_parameters');
  const parameters =
    list < 0 ? [] : [...tree.children(list)].map((child) => bare(tree.text(tree.child(child, 'name'))));
  return {
    name: variable < 0 ? null : `${tree.text(variable)}::${tree.text(tree.childOfKind(node, 'name'))}`,
    isDefaultExport: false,
    kind: 'accessor',
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    body: /^(name|formal_parameters)$/.test(tree.kind(last)) ? -1 : last,
    isLexical: false,
    isFileLocal: false,
    parameters,
    arity: [parameters.length, parameters.length],
  };
};

const describeFunction = (tree: SyntaxTree, node: number): FunctionHead => {
  const kind = tree.kind(node);
  if (kind === 'property_hook') return describeHook(tree, node);
  const isClosure = kind === 'anonymous_function' || kind === 'arrow_function';
  const holder = isClosure ? closureHolder(tree, node) : -1;
  const left = holder < 0 ? -1 : tree.child(holder, 'left');
  const name = isClosure
    ? tree.kind(left) === 'variable_name'
      ? bare(tree.text(left))
      : ''
    : tree.text(tree.child(node, 'name'));
  const list = tree.child(node, 'parameters');
  const parameters: string[] = [];
  let fewest = 0;
  let isOpen = false;
  for (const child of list < 0 ? [] : tree.children(list)) {
    const own = tree.child(child, 'name');
    if (own < 0) continue;
    parameters.push(bare(tree.text(own)));
    if (tree.kind(child) === 'variadic_parameter') isOpen = true;
    else if (tree.child(child, 'default_value') < 0) fewest++;
  }
  const statement =
    holder >= 0 && tree.kind(tree.parent(holder)) === 'expression_statement' ? tree.parent(holder) : holder;
  const outer = name !== '' && statement >= 0 ? statement : node;
  const isMethod = kind === 'method_declaration';
  return {
    name: name === '' ? null : name,
    isDefaultExport: false,
    kind: name === '__construct' ? 'constructor' : isMethod ? 'method' : 'function',
    owner: [],
    ownerIsClass: false,
    outer,
    anchor: outer,
    body: tree.child(node, 'body'),
    isLexical: kind === 'function_definition',
    isFileLocal: false,
    parameters,
    arity: [fewest, isOpen ? Number.POSITIVE_INFINITY : parameters.length],
  };
};

const describeScope = (tree: SyntaxTree, node: number): NamedScope | null => {
  const name = tree.text(tree.child(node, 'name'));
  if (name === '') return null;
  const superTypes: string[] = [];
  const gather = (list: number) => {
    for (const child of list < 0 ? [] : tree.children(list)) {
      const found = /name$/.test(tree.kind(child)) ? typeName(tree.text(child)) : null;
      if (found !== null) superTypes.push(found);
    }
  };
  // Traits before the parent: their methods hide the inherited ones.
  const body = tree.child(node, 'body');
  for (const child of body < 0 ? [] : tree.children(body))
    if (tree.kind(child) === 'use_declaration') gather(child);
  gather(tree.childOfKind(node, 'base_clause'));
  gather(tree.childOfKind(node, 'class_interface_clause'));
  return { name, kind: 'class', superTypes };
};

const objectPath = (tree: SyntaxTree, node: number): string => {
  if (node < 0 || tree.ends[node]! - tree.starts[node]! > 200) return '?';
  const text = tree.text(node);
  // Most are `$this` or `$name`.
  if (/^\$\w+$/.test(text)) return text.slice(1);
  const path = text
    .replace(/\s+/g, '')
    .replace(/\?->|->/g, '.')
    .replace(/\$/g, '');
  return /^\w+(\.\w+)*$/.test(path) ? path : '?';
};

const describeCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const list =
    tree.child(node, 'arguments') >= 0 ? tree.child(node, 'arguments') : tree.childOfKind(node, 'arguments');
  const arity = countArguments(tree, list);
  switch (tree.kind(node)) {
    case 'function_call_expression': {
      const callee = tree.child(node, 'function');
      if (!/^(qualified_)?name$/.test(tree.kind(callee))) return null;
      const name = typeName(tree.text(callee));
      return name === null ? null : { name, receiver: null, arity, isConstruction: false };
    }
    case 'object_creation_expression': {
      const type = tree.firstChild(node);
      const text = tree.text(type);
      if (!/name$/.test(tree.kind(type)) && !/^(self|static|parent)$/.test(text)) return null;
      if (/^(self|static|parent)$/.test(text)) {
        return {
          name: '__construct',
          receiver: text === 'parent' ? 'super' : 'this',
          arity,
          isConstruction: false,
        };
      }
      const name = typeName(text);
      return name === null ? null : { name, receiver: null, arity, isConstruction: true };
    }
    case 'scoped_call_expression': {
      const name = tree.text(tree.child(node, 'name'));
      const scope = tree.text(tree.child(node, 'scope'));
      if (scope === 'self' || scope === 'static')
        return { name, receiver: 'this', arity, isConstruction: false };
      if (scope === 'parent') return { name, receiver: 'super', arity, isConstruction: false };
      return {
        name,
        receiver: scope.startsWith('$') ? '?' : (typeName(scope) ?? '?'),
        arity,
        isConstruction: false,
      };
    }
    default: {
      const name = tree.text(tree.child(node, 'name'));
      if (!/^\w+$/.test(name)) return null;
      return { name, receiver: objectPath(tree, tree.child(node, 'object')), arity, isConstruction: false };
    }
  }
};

const describeLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  const group = tree.childOfKind(node, 'namespace_use_group');
  const prefix = group < 0 ? '' : `${tree.text(tree.childOfKind(node, 'namespace_name'))}\\`;
  for (const clause of tree.children(group < 0 ? node : group)) {
    if (tree.kind(clause) !== 'namespace_use_clause') continue;
    const alias = tree.child(clause, 'alias');
    const module = prefix + tree.text(tree.firstChild(clause));
    const last = module.slice(module.lastIndexOf('\\') + 1);
    links.push({ kind: 'import', local: alias >= 0 ? tree.text(alias) : last, module, imported: last });
  }
  return links;
};

const describeBindings = (tree: SyntaxTree, node: number): Binding[] => {
  if (tree.kind(node) === 'assignment_expression') {
    const left = tree.child(node, 'left');
    const right = tree.child(node, 'right');
    const type =
      tree.kind(right) === 'object_creation_expression' ? typeName(tree.text(tree.firstChild(right))) : null;
    const path = objectPath(tree, left);
    if (tree.kind(left) === 'variable_name') return type === null ? [] : [{ name: path, type }];
    return type !== null && /^this\.\w+$/.test(path) ? [{ name: path, type }] : [];
  }
  if (tree.kind(node) === 'property_declaration') {
    const type = typeName(tree.text(tree.child(node, 'type')));
    const element = tree.childOfKind(node, 'property_element');
    const name = bare(tree.text(tree.firstChild(element)));
    return type === null || name === '' ? [] : [{ name: `this.${name}`, type }];
  }
  const name = bare(tree.text(tree.child(node, 'name')));
  const type = typeName(tree.text(tree.child(node, 'type')));
  if (name === '' || type === null) return [];
  return tree.kind(node) === 'property_promotion_parameter'
    ? [
        { name, type },
        { name: `this.${name}`, type },
      ]
    : [{ name, type }];
};

const findDoc = (tree: SyntaxTree, node: number, head: FunctionHead): AuthorDoc | null => {
  const mark = /^(?:\/\/|#)[/!]?\s?/;
  let text = docAbove(tree, head.anchor, isComment, mark);
  // A hook is documented by its property.
  if (text === null && tree.kind(node) === 'property_hook')
    text = docAbove(tree, tree.parent(tree.parent(node)), isComment, mark);
  return text === null ? null : { text, inside: -1 };
};

const CODE =
  /^\s*(?:(?:abstract|final|readonly)\s+)*(?:(?:namespace|use|class|interface|trait|enum|function)\s+[\w\\&]+|declare\s*\()/m;

/** All that stands outside of `<?php` is text; a file of code that lacks it, such as a part of one, is read as code. */
const missingStart = (source: string): string =>
  source.includes('<?') || /^\s*</.test(source) || !CODE.test(source) ? '' : '<?php\n';

/** By PSR-4 a class is a file of its name in the folders of its namespace; functions may be anywhere. */
const resolveModule = ({ module, filesNamed }: ModuleRequest): readonly string[] => {
  const parts = module.replace(/^\\/, '').split('\\');
  const candidates = filesNamed(`${parts.at(-1)}.php`);
  for (let from = 0; from < parts.length; from++) {
    const tail = `${parts.slice(from).join('/')}.php`;
    const found = candidates.filter((file) => file === tail || file.endsWith(`/${tail}`));
    if (found.length > 0) return found.length === 1 ? found : [];
  }
  return [];
};

/** PHP: functions, methods and named closures; traits; `self`, `static` and `parent`; `use` with aliases. */
export const php = /* @__PURE__ */ (() =>
  defineLanguage({
    extensions: ['.php'],
    grammar: { package: 'tree-sitter-php', wasm: 'tree-sitter-php.wasm', nativeExport: 'php' },
    functionKinds: new Set([
      'function_definition',
      'method_declaration',
      'anonymous_function',
      'arrow_function',
      'property_hook',
    ]),
    commentKinds: new Set(['comment']),
    scopeKinds: new Set([
      'class_declaration',
      'interface_declaration',
      'trait_declaration',
      'enum_declaration',
    ]),
    constantKinds: new Set(['const_declaration']),
    callKinds: new Set([
      'function_call_expression',
      'member_call_expression',
      'nullsafe_member_call_expression',
      'scoped_call_expression',
      'object_creation_expression',
    ]),
    linkKinds: new Set(['namespace_use_declaration']),
    bindingKinds: new Set([
      'assignment_expression',
      'property_declaration',
      'simple_parameter',
      'property_promotion_parameter',
    ]),
    stringKinds: new Set(['string', 'encapsed_string', 'heredoc', 'nowdoc']),
    fieldParents: new Set([
      'function_definition',
      'method_declaration',
      'anonymous_function',
      'arrow_function',
      'class_declaration',
      'interface_declaration',
      'trait_declaration',
      'enum_declaration',
      'function_call_expression',
      'member_call_expression',
      'nullsafe_member_call_expression',
      'scoped_call_expression',
      'namespace_use_clause',
      'assignment_expression',
      'property_declaration',
      'simple_parameter',
      'property_promotion_parameter',
      'variadic_parameter',
    ]),
    snippetWrappers: [
      { prefix: '<?php\n', suffix: '\n' },
      { prefix: '<?php\nclass A {\n', suffix: '\n}' },
    ],
    sharesFolderScope: true,
    hasGlobalClasses: true,
    missingStart,
    describeFunction,
    describeScope,
    describeCall,
    describeLinks,
    describeBindings,
    resolveModule,
    commonNames: new Set(
      '__construct __toString add all append clear close count create current each end execute fetch filter find first format get getId getName handle has isEmpty join key keys last length make map merge next open push put read register remove render reset rewind run save send set setName size sort toArray update valid values write query prepare array_map'.split(
        ' ',
      ),
    ),
    findDoc,
  }))();
