import type { LanguageDefinition } from '../language-definition.js';
import { javascript, withoutAccessorWord } from './javascript.js';

/** `accessor` as a name, which the grammar always takes for the keyword. */
const ACCESSOR_NAME = /\baccessor(?=\s*[(<=:;,?!}])/g;

/** A call signature behind a line without a semicolon: `a(): A⏎<T>(b: T): B` is read as `A<T>(…)`. */
const CALL_SIGNATURE = /^(.*[\w>)\]}])[ \t\r]*\n(?=\s*<\s*\p{Lu}\w*[^()]*>\s*\()/gmu;

/** The variance of a type parameter: `<in out T>`. */
const VARIANCE = /(?<=[<,]\s*)(?:in\s+out|out|in)(?=\s+\p{Lu})/gu;

const repairSource = (source: string): string =>
  withoutAccessorWord(source)
    .replace(ACCESSOR_NAME, 'accessoR')
    .replace(VARIANCE, (words) => words.replace(/\w/g, ' '))
    .replace(CALL_SIGNATURE, (all, line: string) => (line.includes('//') ? all : `${all.slice(0, -1)};`));

/** TypeScript: JavaScript's rules with its own classes, fields, parameters and namespaces. */
export const typescript: LanguageDefinition = /* @__PURE__ */ (() => ({
  ...javascript,
  extensions: ['.ts', '.mts', '.cts'],
  grammar: {
    package: 'tree-sitter-typescript',
    wasm: 'tree-sitter-typescript.wasm',
    nativeExport: 'typescript',
  },
  repairSource,
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
