import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(`../../../../src/${path}`, import.meta.url));

/** Engines on real servers: needs redis-server and PostgreSQL's programs, which the tests start themselves. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^oasis-embed$/, replacement: source('index.ts') },
      { find: /^oasis-embed\/(.+)$/, replacement: source('$1/index.ts') },
    ],
  },
  test: {
    include: ['examples/oasis-full/test/engines/*.check.ts'],
    testTimeout: 600_000,
    hookTimeout: 120_000,
    fileParallelism: false,
  },
});
