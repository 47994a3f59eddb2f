import { defineLanguage } from './define-language.js';

export const ruby = defineLanguage({
  extensions: ['.rb'],
  grammar: { package: 'tree-sitter-ruby', wasm: 'tree-sitter-ruby.wasm' },
  functionKinds: new Set(['method', 'singleton_method']),
  commentKinds: new Set(['comment']),
});
