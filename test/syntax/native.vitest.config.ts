import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`../../src/${path}`, import.meta.url));

/** Installs the native tree-sitter binding into a temporary folder: needs a registry. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^oasis-embed$/, replacement: source('index.ts') },
      { find: /^oasis-embed\/(.+)$/, replacement: source('$1/index.ts') },
    ],
  },
  // A native add-on is loaded into a process of its own.
  test: { include: ['test/syntax/*.check.ts'], pool: 'forks', testTimeout: 300_000, hookTimeout: 600_000 },
});
