import { defineConfig } from 'vitest/config';

/** Builds, packs and installs the package: slower than a unit test, and needs a registry. */
export default defineConfig({
  test: { include: ['test/package/*.check.ts'], testTimeout: 300_000, hookTimeout: 600_000 },
});
