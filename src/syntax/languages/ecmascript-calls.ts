import type { Binding, CallSite, ModuleLink } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { keyName, memberPath } from './ecmascript-functions.js';

/** Arguments of a call; -1 where a spread hides the number. */
const countEcmaScriptArguments = (tree: SyntaxTree, list: number): number => {
  let count = 0;
  if (tree.kind(list) !== 'arguments') return list < 0 ? 0 : -1;
  for (const argument of tree.children(list)) {
    const kind = tree.kind(argument);
    if (kind === 'spread_element') return -1;
    if (kind !== 'comment') count++;
  }
  return count;
};

/** A call or construction as written, or null where what is called has no name. */
export const describeEcmaScriptCall = (tree: SyntaxTree, node: number): CallSite | null => {
  const isConstruction = tree.kind(node) === 'new_expression';
  let callee = tree.child(node, isConstruction ? 'constructor' : 'function');
  while (tree.kind(callee) === 'parenthesized_expression' || tree.kind(callee) === 'non_null_expression') {
    callee = tree.firstChild(callee);
  }
  const arity = countEcmaScriptArguments(tree, tree.child(node, 'arguments'));
  switch (tree.kind(callee)) {
    case 'identifier':
      return { name: tree.text(callee), receiver: null, arity, isConstruction };
    case 'super':
      return { name: 'constructor', receiver: 'super', arity, isConstruction: false };
    case 'member_expression': {
      const name = tree.text(tree.child(callee, 'property'));
      const path = memberPath(tree, tree.child(callee, 'object'));
      if ((name === 'call' || name === 'apply' || name === 'bind') && path !== null && path.length > 1) {
        // Foo.prototype.bar.call(this) calls bar.
        const called = path.at(-1)!;
        return { name: called, receiver: path.slice(0, -1).join('.'), arity: -1, isConstruction: false };
      }
      if ((name === 'call' || name === 'apply') && path !== null && path[0] !== 'this') {
        return { name: path[0]!, receiver: null, arity: -1, isConstruction: false };
      }
      return { name, receiver: path === null ? '?' : path.join('.'), arity, isConstruction };
    }
    default:
      return null;
  }
};

const stringValue = (tree: SyntaxTree, node: number): string | null => {
  const kind = tree.kind(node);
  return kind === 'string' || (kind === 'template_string' && tree.firstChild(node) < 0)
    ? tree.text(node).slice(1, -1)
    : null;
};

/** `require('x')`, `require('x').y`, `await import('x')`: the module and the path taken from it. */
const requiredModule = (tree: SyntaxTree, node: number): { module: string; path: string[] } | null => {
  const path: string[] = [];
  let at = node;
  for (;;) {
    const kind = tree.kind(at);
    if (kind === 'await_expression' || kind === 'parenthesized_expression') at = tree.firstChild(at);
    else if (kind === 'member_expression') {
      path.unshift(tree.text(tree.child(at, 'property')));
      at = tree.child(at, 'object');
    } else if (kind === 'call_expression') {
      const callee = tree.child(at, 'function');
      const name = tree.text(callee);
      const list = tree.child(at, 'arguments');
      const isRequire = name === 'require' || tree.kind(callee) === 'import';
      if (isRequire) {
        const module = stringValue(tree, tree.firstChild(list));
        return module === null ? null : { module, path };
      }
      // TypeScript's and Babel's interop helpers take the module as their argument.
      if (!/^_*(importDefault|importStar|interopRequire\w*|toESM)$/.test(name)) return null;
      at = tree.firstChild(list);
    } else return null;
  }
};

/** Local names of an object pattern with the keys they take. */
const patternNames = (tree: SyntaxTree, pattern: number): [key: string, local: string][] => {
  const names: [string, string][] = [];
  for (const child of tree.children(pattern)) {
    const kind = tree.kind(child);
    if (kind === 'shorthand_property_identifier_pattern') names.push([tree.text(child), tree.text(child)]);
    else if (kind === 'pair_pattern') {
      const key = keyName(tree, tree.child(child, 'key'));
      const value = tree.child(child, 'value');
      if (key !== null && tree.kind(value) === 'identifier') names.push([key, tree.text(value)]);
    } else if (kind === 'object_assignment_pattern') {
      const left = tree.child(child, 'left');
      names.push([tree.text(left), tree.text(left)]);
    }
  }
  return names;
};

/** The name that a specifier takes; `default` is a keyword in newer grammars and no node. */
const specifierName = (tree: SyntaxTree, specifier: number): string | null => {
  const name = tree.child(specifier, 'name');
  if (name >= 0) return keyName(tree, name) ?? tree.text(name);
  return /^default\b/.test(tree.text(specifier)) ? 'default' : null;
};

const importLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  const module = stringValue(tree, tree.child(node, 'source'));
  if (module === null) return links;
  const clause = tree.childOfKind(node, 'import_clause');
  if (clause < 0) return links;
  for (const child of tree.children(clause)) {
    const kind = tree.kind(child);
    if (kind === 'identifier')
      links.push({ kind: 'import', local: tree.text(child), module, imported: 'default' });
    else if (kind === 'namespace_import') {
      links.push({ kind: 'import', local: tree.text(tree.firstChild(child)), module, imported: '*' });
    } else if (kind === 'named_imports') {
      for (const specifier of tree.children(child)) {
        const imported = specifierName(tree, specifier);
        if (imported === null) continue;
        const alias = tree.child(specifier, 'alias');
        links.push({ kind: 'import', local: alias >= 0 ? tree.text(alias) : imported, module, imported });
      }
    }
  }
  return links;
};

const exportLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  const module = stringValue(tree, tree.child(node, 'source'));
  const clause = tree.childOfKind(node, 'export_clause');
  if (clause >= 0) {
    for (const specifier of tree.children(clause)) {
      const local = specifierName(tree, specifier);
      if (local === null) continue;
      const alias = tree.child(specifier, 'alias');
      const exported = alias >= 0 ? (keyName(tree, alias) ?? tree.text(alias)) : local;
      links.push(
        module === null
          ? { kind: 'export', exported, local }
          : { kind: 'reexport', exported, module, imported: local },
      );
    }
    return links;
  }
  if (module !== null) {
    const namespace = tree.childOfKind(node, 'namespace_export');
    const exported = namespace >= 0 ? tree.text(tree.firstChild(namespace)) : '*';
    links.push({ kind: 'reexport', exported, module, imported: '*' });
    return links;
  }
  const declaration = tree.child(node, 'declaration');
  const value = tree.child(node, 'value');
  const isDefault = /^export\s+default\b/.test(
    tree.source.slice(tree.starts[node]!, tree.starts[node]! + 40),
  );
  if (value >= 0) {
    const path = memberPath(tree, value);
    if (path !== null && path.length === 1)
      links.push({ kind: 'export', exported: 'default', local: path[0]! });
    else {
      const name = tree.child(value, 'name');
      if (name >= 0) links.push({ kind: 'export', exported: 'default', local: tree.text(name) });
    }
    return links;
  }
  for (const name of declaredNames(tree, declaration)) {
    links.push({ kind: 'export', exported: isDefault ? 'default' : name, local: name });
  }
  return links;
};

const declaredNames = (tree: SyntaxTree, declaration: number): string[] => {
  if (declaration < 0) return [];
  const name = tree.child(declaration, 'name');
  if (name >= 0) return [tree.text(name)];
  const names: string[] = [];
  for (const child of tree.children(declaration)) {
    if (tree.kind(child) === 'variable_declarator') names.push(tree.text(tree.child(child, 'name')));
  }
  return names;
};

const objectExports = (tree: SyntaxTree, object: number): ModuleLink[] => {
  const links: ModuleLink[] = [];
  for (const child of tree.children(object)) {
    const kind = tree.kind(child);
    if (kind === 'shorthand_property_identifier') {
      links.push({ kind: 'export', exported: tree.text(child), local: tree.text(child) });
    } else if (kind === 'pair') {
      const exported = keyName(tree, tree.child(child, 'key'));
      const value = tree.child(child, 'value');
      if (exported === null) continue;
      const required = requiredModule(tree, value);
      if (required !== null) {
        links.push({
          kind: 'reexport',
          exported,
          module: required.module,
          imported: required.path[0] ?? 'default',
        });
      } else if (tree.kind(value) === 'identifier') {
        links.push({ kind: 'export', exported, local: tree.text(value) });
      } else if (/function/.test(tree.kind(value))) {
        links.push({ kind: 'export', exported, local: exported });
      }
    } else if (kind === 'method_definition') {
      const name = keyName(tree, tree.child(child, 'name'));
      if (name !== null) links.push({ kind: 'export', exported: name, local: name });
    } else if (kind === 'spread_element') {
      const required = requiredModule(tree, tree.firstChild(child));
      if (required !== null)
        links.push({ kind: 'reexport', exported: '*', module: required.module, imported: '*' });
    }
  }
  return links;
};

/** CommonJS: `exports.x = …`, `module.exports = …`, `module.exports.x = …`. */
const assignmentLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const path = memberPath(tree, tree.child(node, 'left'));
  if (path === null) return [];
  const isModule = path[0] === 'module' && path[1] === 'exports';
  const names = isModule ? path.slice(2) : path[0] === 'exports' ? path.slice(1) : null;
  if (names === null || names.length > 1) return [];
  const exported = names[0] ?? 'default';
  let value = tree.child(node, 'right');
  while (tree.kind(value) === 'assignment_expression') value = tree.child(value, 'right');
  const required = requiredModule(tree, value);
  if (required !== null) {
    const links: ModuleLink[] = [
      { kind: 'reexport', exported, module: required.module, imported: required.path[0] ?? 'default' },
    ];
    if (exported === 'default' && required.path.length === 0) {
      links.push({ kind: 'reexport', exported: '*', module: required.module, imported: '*' });
    }
    return links;
  }
  const kind = tree.kind(value);
  if (kind === 'identifier') return [{ kind: 'export', exported, local: tree.text(value) }];
  if (kind === 'object' && exported === 'default') return objectExports(tree, value);
  if (/function|class/.test(kind)) {
    const own = tree.child(value, 'name');
    if (exported !== 'default') return [{ kind: 'export', exported, local: exported }];
    return own >= 0 ? [{ kind: 'export', exported, local: tree.text(own) }] : [];
  }
  return [];
};

const declaratorLinks = (tree: SyntaxTree, node: number): ModuleLink[] => {
  const required = requiredModule(tree, tree.child(node, 'value'));
  if (required === null) return [];
  const { module, path } = required;
  const name = tree.child(node, 'name');
  if (tree.kind(name) === 'object_pattern') {
    if (path.length > 0) return [];
    return patternNames(tree, name).map(([key, local]) => ({ kind: 'import', local, module, imported: key }));
  }
  if (tree.kind(name) !== 'identifier' || path.length > 1) return [];
  return [{ kind: 'import', local: tree.text(name), module, imported: path[0] ?? '=' }];
};

/** Imports and exports, of ES modules and of CommonJS. `imported: '='` is the whole of a required module. */
export const describeEcmaScriptLinks = (tree: SyntaxTree, node: number): readonly ModuleLink[] => {
  switch (tree.kind(node)) {
    case 'import_statement':
      return importLinks(tree, node);
    case 'export_statement':
      return exportLinks(tree, node);
    case 'assignment_expression':
      return assignmentLinks(tree, node);
    case 'variable_declarator':
      return declaratorLinks(tree, node);
    default:
      return [];
  }
};

/** Every name that a binding pattern binds. */
const boundNames = (tree: SyntaxTree, pattern: number): string[] => {
  const names: string[] = [];
  for (let at = pattern; at >= 0 && at < tree.after[pattern]!; at++) {
    const kind = tree.kind(at);
    if (kind === 'identifier' || kind === 'shorthand_property_identifier_pattern') names.push(tree.text(at));
  }
  return names;
};

/** The class that `new Foo()` makes or that a TypeScript annotation names, or null. */
const valueType = (tree: SyntaxTree, value: number): string | null => {
  if (tree.kind(value) !== 'new_expression') return null;
  return memberPath(tree, tree.child(value, 'constructor'))?.join('.') ?? null;
};

const annotatedType = (tree: SyntaxTree, node: number): string | null => {
  const annotation = tree.childOfKind(node, 'type_annotation');
  const type = annotation < 0 ? -1 : tree.firstChild(annotation);
  if (tree.kind(type) === 'type_identifier') return tree.text(type);
  return tree.kind(type) === 'generic_type' ? tree.text(tree.firstChild(type)) : null;
};

const untyped = (names: readonly string[]): Binding[] => names.map((name) => ({ name, type: null }));

const parameterBindings = (tree: SyntaxTree, node: number): Binding[] => {
  const bindings: Binding[] = [];
  for (const child of tree.children(node)) {
    const kind = tree.kind(child);
    if (kind.endsWith('_parameter')) {
      const type = annotatedType(tree, child);
      const names = boundNames(tree, tree.child(child, 'pattern'));
      bindings.push(...names.map((name) => ({ name, type })));
      // `constructor(private x: Foo)` declares a field as well.
      const isField = tree.childOfKind(child, 'accessibility_modifier') >= 0;
      if (isField && names.length === 1) bindings.push({ name: `this.${names[0]}`, type });
    } else {
      bindings.push(
        ...untyped(boundNames(tree, kind === 'assignment_pattern' ? tree.child(child, 'left') : child)),
      );
    }
  }
  return bindings;
};

/** Variables and parameters, which hide functions of the same name further out, and fields with their classes. */
export const describeEcmaScriptBindings = (tree: SyntaxTree, node: number): readonly Binding[] => {
  switch (tree.kind(node)) {
    case 'variable_declarator': {
      const value = tree.child(node, 'value');
      if (/function|arrow|^class$/.test(tree.kind(value)) || requiredModule(tree, value) !== null) return [];
      const type = annotatedType(tree, node) ?? valueType(tree, value);
      return boundNames(tree, tree.child(node, 'name')).map((name) => ({ name, type }));
    }
    case 'formal_parameters':
      return parameterBindings(tree, node);
    case 'arrow_function': {
      const single = tree.child(node, 'parameter');
      return single >= 0 ? untyped([tree.text(single)]) : [];
    }
    case 'catch_clause':
      return untyped(boundNames(tree, tree.child(node, 'parameter')));
    case 'for_in_statement':
      return untyped(boundNames(tree, tree.child(node, 'left')));
    case 'assignment_expression': {
      const type = valueType(tree, tree.child(node, 'right'));
      const path = type === null ? null : memberPath(tree, tree.child(node, 'left'));
      return path !== null && path.length === 2 && path[0] === 'this' ? [{ name: path.join('.'), type }] : [];
    }
    case 'field_definition':
    case 'public_field_definition': {
      const key = tree.child(node, 'property') >= 0 ? tree.child(node, 'property') : tree.child(node, 'name');
      const type = annotatedType(tree, node) ?? valueType(tree, tree.child(node, 'value'));
      const name = keyName(tree, key);
      return name === null || type === null ? [] : [{ name: `this.${name}`, type }];
    }
    default:
      return [];
  }
};
