/**
 * The losses in a browser beside their P × P forms, on WebGL, WebGPU and WASM. Usage:
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx tsx bench/scale/browser-losses.ts [ROUNDS]
 *
 * Value and gradient, read back; both forms take turns, and a ratio is the median over the rounds of the rival's time
 * divided by ours. Without a GPU the browser draws on the processor (SwiftShader), which is said.
 */
import { bundlePage, openBrowser, openPage } from '../../test/browser/open-page.js';
import type { Loss, PageApi } from './browser-losses-page.js';

const SIZES: readonly (readonly [Loss, readonly number[]])[] = [
  ['cosent', [64, 512, 2048]],
  ['infoNce', [64, 256, 640]],
];

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;

const main = async (): Promise<void> => {
  const rounds = Number(process.argv[2] ?? 15);
  const [browser, script] = await Promise.all([
    openBrowser(),
    bundlePage('../../../bench/scale/browser-losses-page.ts'),
  ]);
  console.log(`Chromium ${browser.version()}, ${rounds} rounds`);
  for (const backend of ['webgl', 'webgpu', 'wasm']) {
    const page = await openPage(browser, script);
    await page.evaluate((name) => (globalThis as unknown as PageApi).open(name), backend);
    for (const [loss, sizes] of SIZES) {
      for (const size of sizes) {
        const { ours, rival, values } = await page.evaluate(
          ([name, count, times]) => (globalThis as unknown as PageApi).measure(name, count, times),
          [loss, size, rounds] as const,
        );
        if (Math.abs(values[0] - values[1]) > 1e-3 * Math.abs(values[1]))
          throw new Error(`${loss} of ${size} on ${backend}: ${values[0]} and ${values[1]}`);
        const ratio = median(ours.map((time, round) => rival[round]! / time));
        console.log(
          `${backend}\t${loss}\t${size}\t${milliseconds(median(ours))}\t${milliseconds(median(rival))}\t${ratio.toFixed(2)}×`,
        );
      }
    }
    await page.close();
  }
  await browser.close();
};

await main();
