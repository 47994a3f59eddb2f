import { defineLanguage } from './define-language.js';

export const java = defineLanguage({
  extensions: ['.java'],
  grammar: { package: 'tree-sitter-java', wasm: 'tree-sitter-java.wasm' },
  functionKinds: new Set([
    'method_declaration',
    'constructor_declaration',
    'compact_constructor_declaration',
  ]),
  commentKinds: new Set(['line_comment', 'block_comment']),
  snippetWrappers: [{ prefix: 'class A {\n', suffix: '\n}' }],
});
