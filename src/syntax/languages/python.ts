import { defineLanguage } from './define-language.js';

export const python = defineLanguage({
  extensions: ['.py', '.pyi'],
  grammar: { package: 'tree-sitter-python', wasm: 'tree-sitter-python.wasm' },
  functionKinds: new Set(['function_definition']),
  commentKinds: new Set(['comment']),
});
