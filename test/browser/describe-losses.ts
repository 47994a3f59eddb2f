import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Outcome } from '../support/run-test-files.js';
import { drawMixes, type Mix } from './mixes.js';
import { bundlePage, openBrowser, openPage } from './open-page.js';
import type { Measured } from './page/run-mixes.js';
import type { PageApi } from './page/suites.js';

/** A backend with its flags, and what runs on it. */
export interface Setting {
  readonly backend: string;
  readonly flags?: Readonly<Record<string, boolean>>;
  /** Largest difference of values and derivatives from float64, as a share of 1 + what is expected. */
  readonly tolerance: number;
  /** Which of the mixes run, as shares of all: SwiftShader draws on the processor. */
  readonly mixes: readonly [from: number, to: number];
  /** Where the test files run: in the page of the mixes, or each in a page of its own. */
  readonly suites: 'together' | 'apart' | 'nowhere';
  /** Where tensors have fewer digits than the test files ask for: how near numbers must come. */
  readonly suiteTolerance?: number;
  /** Tests of what the backend's numbers cannot hold. */
  readonly beyond?: RegExp;
}

const seed = Number(process.env.OASIS_SEED ?? 1);
const mixes = drawMixes(Number(process.env.OASIS_MIXES ?? 1000), seed);

let browser: Browser;
let script = '';
beforeAll(async () => {
  [browser, script] = await Promise.all([openBrowser(), bundlePage('suites.ts')]);
});
afterAll(() => browser?.close());

const openOn = async ({ backend, flags = {} }: Setting): Promise<Page | null> => {
  const page = await openPage(browser, script);
  const opened = await page.evaluate(
    async ([name, values]) => {
      try {
        await (globalThis as unknown as PageApi).openBackend(name, values);
        return null;
      } catch (error) {
        return String(error);
      }
    },
    [backend, flags] as const,
  );
  if (opened === null) return page;
  // WebGPU alone is not given everywhere.
  if (backend !== 'webgpu') throw new Error(opened);
  await page.close();
  return null;
};

/** As a share of 1 + what is expected; NaN is infinitely far. */
const distance = (found: number, expected: number): number =>
  Number.isFinite(found) ? Math.abs(found - expected) / (1 + Math.abs(expected)) : Infinity;

const describeMix = ({ kind, inputs, options, expected }: Mix, found: Measured): string => {
  const { pairs: _, positives: __, guide, ...rest } = options;
  const shapes = inputs.map((x) => `[${x.length}, ${x[0]!.length}]`).join(' ');
  const said = JSON.stringify({ ...rest, ...(guide === undefined ? {} : { guide: true }) }).slice(0, 200);
  return `${kind} ${shapes} ${said}: ${found.value}, ${found.slope} instead of ${expected.value}, ${expected.slope}`;
};

/** Runs on one setting the reported points, its share of the mixes, a small training, and the test files. */
export const describeLosses = (setting: Setting): void => {
  let page: Page | null = null;
  beforeAll(async () => {
    page = await openOn(setting);
  });
  afterAll(() => page?.close());

  it('gives rows that are no anchors no gradient, and a batch of one no loss', async ({ skip }) => {
    if (page === null) return skip('the browser gives no such backend');
    const found = await page.evaluate(() => (globalThis as unknown as PageApi).runReported());
    const near = (actual: readonly number[], expected: readonly number[]) => {
      actual.forEach((value, i) => {
        expect(distance(value, expected[i]!), `${actual}`).toBeLessThan(setting.tolerance);
      });
    };
    expect(found.noAnchor.slice(0, 4)).toEqual([0, 0, 0, 0]);
    near(found.noAnchor.slice(4), [-0.0142, 0.004, 0.4198, 1.5098]);
    near(found.alone, Array(found.alone.length).fill(0));
    for (const value of found.hardened) expect(Number.isFinite(value), `${found.hardened}`).toBe(true);
  });

  it('agrees with float64 on random mixes of losses, options and shapes', async ({ skip }) => {
    if (page === null) return skip('the browser gives no such backend');
    const [from, to] = setting.mixes.map((share) => Math.round(mixes.length * share));
    const some = mixes.slice(from, to);
    const found = await page.evaluate((chosen) => (globalThis as unknown as PageApi).runMixes(chosen), some);
    const wrong = some.flatMap((mix, i) => {
      const { value, slope } = found[i]!;
      const worst = Math.max(distance(value, mix.expected.value), distance(slope, mix.expected.slope));
      return worst < setting.tolerance ? [] : [describeMix(mix, found[i]!)];
    });
    expect(wrong).toEqual([]);
  });

  it('hands on gradients that other layers can build on, and updates by AdamW', async ({ skip }) => {
    if (page === null) return skip('the browser gives no such backend');
    const { network, updated } = await page.evaluate(() => (globalThis as unknown as PageApi).runTraining());
    for (const one of network) expect(one).toBeLessThan(setting.tolerance);
    for (const one of updated) expect(one).toBeLessThan(setting.tolerance);
  });

  it.runIf(setting.suites !== 'nowhere')(
    'passes the tests of losses, cached gradients and AdamW',
    async ({ skip }) => {
      if (page === null) return skip('the browser gives no such backend');
      const names = await page.evaluate(() => (globalThis as unknown as PageApi).suiteFiles());
      const run = (on: Page, files: readonly string[]): Promise<Outcome[]> =>
        on.evaluate(
          ([some, from, tolerance]) => (globalThis as unknown as PageApi).runSuites(some, from, tolerance),
          [files, seed, setting.suiteTolerance] as const,
        );
      const runApart = async (name: string): Promise<Outcome[]> => {
        const own = (await openOn(setting))!;
        const outcomes = await run(own, [name]);
        await own.close();
        return outcomes;
      };
      const outcomes: Outcome[] = [];
      if (setting.suites === 'together') outcomes.push(...(await run(page, names)));
      else for (const name of names) outcomes.push(...(await runApart(name)));
      const failed = outcomes.filter(({ state }) => state === 'fail');
      expect(failed.filter(({ name }) => !setting.beyond?.test(name))).toEqual([]);
      expect(outcomes.filter(({ state }) => state === 'pass').length).toBeGreaterThan(100);
    },
  );
};
