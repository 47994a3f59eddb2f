import type { FunctionHead, LanguageDefinition } from '../language-definition.js';
import type { SyntaxTree } from '../syntax-tree.js';
import { docAbove } from './comments.js';
import {
  describeEcmaScriptBindings,
  describeEcmaScriptCall,
  describeEcmaScriptLinks,
} from './ecmascript-calls.js';
import { describeEcmaScriptFunction, describeEcmaScriptScope } from './ecmascript-functions.js';
import {
  ECMASCRIPT_COMMON_NAMES,
  ECMASCRIPT_PLATFORM,
  resolveEcmaScriptModule,
} from './ecmascript-modules.js';

const isComment = (kind: string): boolean => kind === 'comment';

const findDoc = (
  tree: SyntaxTree,
  _node: number,
  head: FunctionHead,
): { text: string; inside: number } | null => {
  if (head.name === null && !head.isDefaultExport) return null;
  let anchor = head.anchor;
  // Decorators and the overloads of a function stand between it and its doc.
  for (;;) {
    const text = docAbove(tree, anchor, isComment);
    if (text !== null) return { text, inside: -1 };
    let before = tree.previous[anchor]!;
    while (isComment(tree.kind(before))) before = tree.previous[before]!;
    const signature = tree.kind(before) === 'export_statement' ? tree.child(before, 'declaration') : before;
    const isOverload =
      /^(function_signature|method_signature)$/.test(tree.kind(signature)) &&
      tree.text(tree.child(signature, 'name')) === head.name;
    if (before < 0 || (tree.kind(before) !== 'decorator' && !isOverload)) return null;
    anchor = before;
  }
};

/** `accessor x` for a field, which the grammar takes for two: the word is blanked. */
export const withoutAccessorWord = (source: string): string =>
  source.includes('accessor ') ? source.replace(/\baccessor(?=[ \t]+[\w$#[])/g, '        ') : source;

/** JavaScript: functions, methods, accessors, and expressions named by what they are assigned to. */
export const javascript: LanguageDefinition = /* @__PURE__ */ (() => ({
  extensions: ['.js', '.mjs', '.cjs', '.jsx'],
  grammar: { package: 'tree-sitter-javascript', wasm: 'tree-sitter-javascript.wasm' },
  functionKinds: new Set([
    'function_declaration',
    'generator_function_declaration',
    'function_expression',
    'generator_function',
    'arrow_function',
    'method_definition',
  ]),
  scopeKinds: new Set(['class_declaration', 'class', 'object']),
  classWrappers: new Set([
    'export_statement',
    'lexical_declaration',
    'variable_declaration',
    'variable_declarator',
  ]),
  looseScopeKinds: new Set(['object']),
  typeKinds: new Set(),
  constantKinds: new Set(['lexical_declaration', 'variable_declaration']),
  callKinds: new Set(['call_expression', 'new_expression']),
  linkKinds: new Set([
    'import_statement',
    'export_statement',
    'assignment_expression',
    'variable_declarator',
  ]),
  bindingKinds: new Set([
    'variable_declarator',
    'formal_parameters',
    'arrow_function',
    'catch_clause',
    'for_in_statement',
    'assignment_expression',
    'field_definition',
    'public_field_definition',
  ]),
  commentKinds: new Set(['comment', 'html_comment']),
  stringKinds: new Set(['template_string']),
  fieldParents: new Set([
    'function_declaration',
    'generator_function_declaration',
    'function_expression',
    'generator_function',
    'arrow_function',
    'method_definition',
    'class_declaration',
    'class',
    'call_expression',
    'new_expression',
    'member_expression',
    'subscript_expression',
    'variable_declarator',
    'assignment_expression',
    'augmented_assignment_expression',
    'assignment_pattern',
    'object_assignment_pattern',
    'pair',
    'pair_pattern',
    'field_definition',
    'export_statement',
    'import_statement',
    'import_specifier',
    'export_specifier',
    'catch_clause',
    'for_in_statement',
  ]),
  snippetWrappers: [
    { prefix: 'class A {\n', suffix: '\n}' },
    { prefix: '({\n', suffix: '\n})' },
    { prefix: '(\n', suffix: '\n)' },
  ],
  reservedWords: new Set([
    'if',
    'for',
    'while',
    'switch',
    'function',
    'return',
    'do',
    'else',
    'try',
    'throw',
  ]),
  repairSource: withoutAccessorWord,
  hasImplicitReceiver: false,
  sharesFolderScope: false,
  exportsEverything: false,
  hasGlobalClasses: false,
  hasPlainDocs: false,
  describeFunction: describeEcmaScriptFunction,
  describeScope: describeEcmaScriptScope,
  describeCall: describeEcmaScriptCall,
  describeLinks: describeEcmaScriptLinks,
  describeBindings: describeEcmaScriptBindings,
  resolveModule: resolveEcmaScriptModule,
  submodule: () => null,
  commonNames: ECMASCRIPT_COMMON_NAMES,
  platformObjects: ECMASCRIPT_PLATFORM,
  findDoc,
}))();
