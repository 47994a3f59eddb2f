import { defineConfig } from 'vitest/config';

/** Opens the report in a real browser: needs the path of a Chromium in OASIS_CHROMIUM. */
export default defineConfig({
  test: {
    include: ['test/report/*.check.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    fileParallelism: false,
  },
});
