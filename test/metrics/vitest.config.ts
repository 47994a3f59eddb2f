import { defineConfig } from 'vitest/config';

/** The data that other projects published with their own tests: needs their checkouts. */
export default defineConfig({ test: { include: ['test/metrics/*.check.ts'], testTimeout: 120_000 } });
