import { cpSync, readdirSync } from 'node:fs';
import { defineConfig } from 'tsup';

const skipped = /^(test|dist|runs|node_modules)[\\/]|\.config\.ts$/;

/** Files stay files: threads, assets and what is loaded when asked for are found beside the module that names them. */
const modules = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter(
  (path) => path.endsWith('.ts') && !skipped.test(path),
);

export default defineConfig({
  entry: modules,
  bundle: false,
  format: 'esm',
  outDir: 'dist',
  target: 'node20',
  platform: 'node',
  tsconfig: '../../tsconfig.json',
  clean: true,
  dts: { entry: { 'search/index': 'search/index.ts', 'serve/index': 'serve/index.ts' } },
  onSuccess: async () => {
    cpSync('serve/page', 'dist/serve/page', {
      recursive: true,
      filter: (path) => !path.endsWith('tsconfig.json'),
    });
  },
});
