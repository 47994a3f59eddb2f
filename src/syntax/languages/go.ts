import { defineLanguage } from './define-language.js';

export const go = defineLanguage({
  extensions: ['.go'],
  grammar: { package: 'tree-sitter-go', wasm: 'tree-sitter-go.wasm' },
  functionKinds: new Set(['function_declaration', 'method_declaration', 'func_literal']),
  commentKinds: new Set(['comment']),
});
