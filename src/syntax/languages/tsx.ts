import type { LanguageDefinition } from '../language-definition.js';
import { typescript } from './typescript.js';

/** TypeScript with JSX: a grammar of its own, because `<T>x` means something else there. */
export const tsx: LanguageDefinition = /* @__PURE__ */ (() => ({
  ...typescript,
  extensions: ['.tsx'],
  grammar: { package: 'tree-sitter-typescript', wasm: 'tree-sitter-tsx.wasm', nativeExport: 'tsx' },
}))();
