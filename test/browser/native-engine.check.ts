/**
 * The native engine in a real browser, on onnxruntime-web: the same model embeds, trains and is saved as on onnxruntime-node.
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project browser-losses test/browser/native-engine.check.ts
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installTools } from '../../.ci/tools/run-tool.mjs';
import { filesInMemory, OnnxEncoder } from '../../src/onnx/index.js';
import { writeSmallModel } from '../support/write-small-model.js';
import { bundlePage, openBrowser, openPage } from './open-page.js';
import type { OnnxPage } from './page/run-onnx.js';
import { trainALittle } from './train-a-little.js';

const farthest = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe('the native engine in a browser', () => {
  let browser: Browser;
  let page: Page;
  let scratch: string;
  beforeAll(async () => {
    const runtime = join(installTools('onnx-web'), 'node_modules/onnxruntime-web/dist');
    const [opened, script] = await Promise.all([openBrowser(), bundlePage('run-onnx.ts')]);
    browser = opened;
    scratch = await mkdtemp(join(tmpdir(), 'native-engine-'));
    await cp(join(import.meta.dirname, '../encoders/fixtures/bert'), join(scratch, 'bert'), {
      recursive: true,
    });
    await writeSmallModel(join(scratch, 'modernbert'), 'modernbert', 'bert');
    await writeSmallModel(join(scratch, 'qwen3'), 'qwen3', 'qwen2');
    page = await openPage(browser, script, { '/models/': scratch, '/ort/': runtime });
  });
  afterAll(async () => {
    await browser?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  const runOn = (device: 'cpu' | 'webgpu', folder: string) =>
    page.evaluate(
      ([name, from]) => (globalThis as unknown as { onnxPage: OnnxPage }).onnxPage.run(name, from),
      [device, folder] as const,
    );

  it.each([
    ['bert', 'cpu'],
    ['bert', 'webgpu'],
    ['modernbert', 'cpu'],
    ['qwen3', 'cpu'],
  ] as const)('embeds and trains as onnxruntime-node does: %s on %s', async (architecture, device) => {
    const expected = await trainALittle(join(scratch, architecture), {});
    const found = await runOn(device, `/models/${architecture}`);
    expect(found.choice).toMatch(new RegExp(`^${device} \\(onnxruntime-web \\d`));
    for (const name of ['before', 'losses', 'norms', 'after'] as const)
      expect(farthest(found[name], expected[name]), name).toBeLessThan(1e-4);
    expect(farthest(found.before, found.after)).toBeGreaterThan(1e-3);

    // What the page saved is a model in Node.
    const files = new Map(found.files.map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
    const saved = await OnnxEncoder.load(filesInMemory(files));
    const vectors = await saved.embed(found.texts);
    expect(farthest([...vectors.data], found.after)).toBeLessThan(1e-4);
    await saved.close();
  });

  it('says how a page brings ONNX Runtime where it brought none', async () => {
    const message = await page.evaluate(() =>
      (globalThis as unknown as { onnxPage: OnnxPage }).onnxPage.without(),
    );
    expect(message).toContain(
      "npm install --ignore-scripts onnxruntime-web, and pass it: loadOnnxRuntime(() => import('onnxruntime-web'))",
    );
  });
});
