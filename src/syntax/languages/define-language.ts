import type { FunctionHead, LanguageDefinition } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';

/**
 * Defines a language by what sets it apart; the rest defaults to what most languages share.
 *
 * @returns A definition for {@link SyntaxParser}.
 *
 * @example
 * ```ts
 * import { defineLanguage } from 'oasis-embed/syntax';
 * const lua = defineLanguage({
 *   extensions: ['.lua'],
 *   grammar: { package: '@tree-sitter-grammars/tree-sitter-lua', wasm: 'tree-sitter-lua.wasm' },
 *   functionKinds: new Set(['function_declaration']),
 *   commentKinds: new Set(['comment']),
 * });
 * lua.hasImplicitReceiver; // false
 * ```
 */
export const defineLanguage = (
  definition: Pick<LanguageDefinition, 'extensions' | 'grammar' | 'functionKinds' | 'commentKinds'> &
    Partial<LanguageDefinition>,
): LanguageDefinition => ({
  scopeKinds: new Set(),
  classWrappers: new Set(),
  looseScopeKinds: new Set(),
  typeKinds: new Set(),
  constantKinds: new Set(),
  callKinds: new Set(),
  linkKinds: new Set(),
  bindingKinds: new Set(),
  stringKinds: new Set(),
  fieldParents: definition.functionKinds,
  snippetWrappers: [],
  hasImplicitReceiver: false,
  sharesFolderScope: false,
  exportsEverything: true,
  hasGlobalClasses: false,
  hasPlainDocs: false,
  describeFunction: describeByFields,
  describeScope: () => null,
  describeCall: () => null,
  describeLinks: () => [],
  describeBindings: () => [],
  resolveModule: () => [],
  submodule: () => null,
  commonNames: new Set(),
  findDoc: () => null,
  ...definition,
});

/** A function whose grammar names its `name`, `parameters` and `body`. */
export const describeByFields = (tree: SyntaxTree, node: number): FunctionHead => {
  const name = tree.text(tree.child(node, 'name'));
  const list = tree.child(node, 'parameters');
  const parameters = list < 0 ? [] : [...tree.children(list)].map((child) => tree.text(child));
  return {
    name: name === '' ? null : name,
    isDefaultExport: false,
    kind: 'function',
    isLexical: true,
    isFileLocal: false,
    owner: [],
    ownerIsClass: false,
    outer: node,
    anchor: node,
    body: tree.child(node, 'body'),
    parameters,
    arity: [0, Number.POSITIVE_INFINITY],
  };
};
