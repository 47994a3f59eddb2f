import { defineLanguage } from './define-language.js';

export const csharp = defineLanguage({
  extensions: ['.cs'],
  grammar: { package: 'tree-sitter-c-sharp', wasm: 'tree-sitter-c_sharp.wasm' },
  functionKinds: new Set([
    'method_declaration',
    'constructor_declaration',
    'destructor_declaration',
    'operator_declaration',
    'conversion_operator_declaration',
    'indexer_declaration',
    'accessor_declaration',
    'local_function_statement',
  ]),
  commentKinds: new Set(['comment']),
  snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n}' }],
});
