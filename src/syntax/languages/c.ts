import { defineLanguage } from './define-language.js';

export const c = defineLanguage({
  extensions: ['.c', '.h'],
  grammar: { package: 'tree-sitter-c', wasm: 'tree-sitter-c.wasm' },
  functionKinds: new Set(['function_definition']),
  commentKinds: new Set(['comment']),
});
