import { defineLanguage } from './define-language.js';

export const php = defineLanguage({
  extensions: ['.php'],
  grammar: { package: 'tree-sitter-php', wasm: 'tree-sitter-php.wasm' },
  functionKinds: new Set([
    'function_definition',
    'method_declaration',
    'anonymous_function',
    'arrow_function',
  ]),
  commentKinds: new Set(['comment']),
  snippetWrappers: [
    { prefix: '<?php\n', suffix: '\n' },
    { prefix: '<?php\nclass A {\n', suffix: '\n}' },
  ],
});
