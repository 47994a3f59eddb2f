import { defineConfig } from 'tsup';
import { tensorflowCore, WITHOUT_BROWSER, withoutNode } from './.ci/build/without-node.js';
import { entries } from './tsup.config.js';

/** The same entries for browsers: no import of Node, and of packages TensorFlow.js and tree-sitter alone. */
export default defineConfig({
  entry: entries,
  outDir: 'dist/browser',
  clean: true,
  format: ['esm'],
  splitting: true,
  treeshake: true,
  target: 'es2022',
  platform: 'browser',
  removeNodeProtocol: false,
  // What tsup would leave as an import before the plugins see it.
  noExternal: [
    /^@tensorflow\/tfjs$/,
    ...WITHOUT_BROWSER,
    'ml-matrix',
    'ml-distance',
    'ignore',
    'spdx-correct',
    'spdx-expression-parse',
    '@huggingface/tokenizers',
    '@bufbuild/protobuf',
  ],
  esbuildPlugins: [withoutNode(), tensorflowCore()],
});
