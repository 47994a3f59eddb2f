import type { LanguageDefinition } from '../language-definition.js';
import { javascript } from './javascript.js';

/** TypeScript: JavaScript's rules with its own classes, fields, parameters and namespaces. */
export const typescript: LanguageDefinition = /* @__PURE__ */ (() => ({
  ...javascript,
  extensions: ['.ts', '.mts', '.cts'],
  grammar: {
    package: 'tree-sitter-typescript',
    wasm: 'tree-sitter-typescript.wasm',
    nativeExport: 'typescript',
  },
  scopeKinds: new Set([...javascript.scopeKinds, 'abstract_class_declaration', 'internal_module', 'module']),
  typeKinds: new Set(['interface_declaration', 'type_alias_declaration', 'enum_declaration']),
  fieldParents: new Set([
    ...javascript.fieldParents,
    'abstract_class_declaration',
    'internal_module',
    'module',
    'public_field_definition',
    'required_parameter',
    'optional_parameter',
    'function_signature',
    'method_signature',
    'extends_clause',
  ]),
}))();
