/**
 * The layers of `TransformerEncoder` on WebGL in a real browser, beside transformers.
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project browser-losses test/browser/architectures.check.ts
 */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectGoldenGradients, golden, largestDifference } from '../onnx/golden-values.js';
import { configs } from '../onnx/small-models.js';
import { bundlePage, openBrowser, openPage } from './open-page.js';
import type { ArchitecturesPage } from './page/run-architectures.js';

describe('a transformer on WebGL', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    const [opened, script] = await Promise.all([openBrowser(), bundlePage('run-architectures.ts')]);
    browser = opened;
    page = await openPage(browser, script);
    // One program for all shapes saves most of the compiling, and small tensors, too, stay on the GPU.
    await page.evaluate(() =>
      (globalThis as unknown as ArchitecturesPage).openBackend('webgl', {
        WEBGL_USE_SHAPES_UNIFORMS: true,
        WEBGL_CPU_FORWARD: false,
      }),
    );
  });
  afterAll(() => browser?.close());

  // Relative bias, local windows, grouped heads with norms of their own, norms with an offset.
  it.each(['mpnet', 'modernbert', 'qwen3', 'gemma3'])('agrees with transformers: %s', async (label) => {
    const expected = golden[`${label}-right`]!;
    const texts = expected.ids.map((ids, i) => ids.filter((_, t) => expected.mask[i]![t] === 1));
    const found = await page.evaluate(
      ([config, ids]) => (globalThis as unknown as ArchitecturesPage).runArchitecture(config, ids),
      [configs[label]!, texts] as const,
    );
    expect(largestDifference(found.hidden.slice(-expected.hidden.length), expected.hidden)).toBeLessThan(
      1e-4,
    );
    expect(largestDifference(found.embeddings, expected.embeddings)).toBeLessThan(1e-4);
    const gradients = found.gradients.map(([name, values]) => [name, Float32Array.from(values)] as const);
    expectGoldenGradients(new Map(gradients), expected.gradients);
  });
});
