import { defineConfig } from 'vitest/config';

/** 2,000 functions and 50 kills: minutes, so not part of `npm test`. */
export default defineConfig({
  test: { include: ['test/annotation/*.check.ts'], testTimeout: 900_000, hookTimeout: 120_000 },
});
