import { readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';
import { tensorflowOnDemand } from './.ci/build/tensorflow-on-demand.js';

/** Every folder of src/ but `numerics` is a subpath export. */
const folders = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'numerics')
  .map((entry) => entry.name);

export const entries: Record<string, string> = Object.fromEntries([
  ['index', 'src/index.ts'],
  ...folders.map((folder) => [`${folder}/index`, `src/${folder}/index.ts`]),
  // The losses on typed arrays load without TensorFlow.js.
  ['losses/host/index', 'src/losses/host/index.ts'],
]);

export default defineConfig({
  entry: {
    ...entries,
    // Worker threads load a file of their own, found beside the module that starts them.
    'ast/join-worker': 'src/ast/join/join-worker.ts',
    'corpus/extraction-worker': 'src/corpus/extraction/extraction-worker.ts',
    'training/gradient-worker': 'src/training/gradient-worker.ts',
    'metrics/ranks/ranks-worker': 'src/metrics/ranks/ranks-worker.ts',
  },
  format: ['esm', 'cjs'],
  dts: true,
  splitting: true,
  // Rollup joins the imports of one package that esbuild repeats for every file, and drops what a chunk does not use.
  treeshake: true,
  shims: true,
  clean: true,
  target: 'node20',
  platform: 'node',
  // Left as an import, it would be loaded at once.
  noExternal: [/^@tensorflow\/tfjs$/],
  esbuildPlugins: [tensorflowOnDemand()],
});
