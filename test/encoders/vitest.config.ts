import { defineConfig } from 'vitest/config';

/** Loads saved models in Python: needs one with sentence-transformers and peft, whose path is in OASIS_PYTHON. */
export default defineConfig({
  test: { include: ['test/encoders/*.check.ts'], testTimeout: 60_000, hookTimeout: 600_000 },
});
