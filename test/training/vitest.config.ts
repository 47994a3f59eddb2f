import { defineConfig } from 'vitest/config';

/** Checks that take longer than `npm test` may. */
export default defineConfig({
  test: { include: ['test/training/**/*.check.ts'], testTimeout: 1_200_000 },
});
