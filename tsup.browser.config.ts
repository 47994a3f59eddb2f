import { defineConfig } from 'tsup';
import { tensorflowCore, withoutNode } from './.ci/build/without-node.js';
import { entries } from './tsup.config.js';

/** The same entries for browsers: no import of Node, and of packages TensorFlow.js and tree-sitter alone. */
export default defineConfig({
  entry: entries,
  outDir: 'dist/browser',
  format: ['esm'],
  splitting: true,
  treeshake: true,
  target: 'es2022',
  platform: 'browser',
  noExternal: ['ml-matrix', 'ml-distance', 'ignore', '@huggingface/tokenizers'],
  esbuildPlugins: [withoutNode(), tensorflowCore()],
});
