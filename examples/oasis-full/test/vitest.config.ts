import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`../../../src/${path}`, import.meta.url));

/** Opens the search page in a real browser: needs the path of a Chromium in OASIS_CHROMIUM. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^oasis-embed$/, replacement: source('index.ts') },
      { find: /^oasis-embed\/(.+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: ['examples/oasis-full/test/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
