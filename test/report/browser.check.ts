/**
 * Opens the report in a real browser. Not part of `npm test`: run it with the path of a Chromium, and with
 * OASIS_SCREENSHOTS for pictures in a folder,
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project browser
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { renderReport } from '../../src/report/index.js';
import { launchChromium } from '../support/chromium.js';
import { hostileReport, sampleReport } from '../support/sample-report.js';

// What the functions run in the page use of it; the project itself compiles without the DOM's types.
interface PageElement {
  readonly tagName: string;
  readonly className: unknown;
  readonly textContent: string | null;
  readonly clientWidth: number;
  readonly scrollWidth: number;
  closest(selector: string): PageElement | null;
  setAttribute(name: string, value: string): void;
  getBoundingClientRect(): {
    readonly left: number;
    readonly right: number;
    readonly width: number;
    readonly height: number;
  };
}
declare const document: {
  readonly documentElement: PageElement;
  readonly body: PageElement;
  querySelectorAll(selector: string): Iterable<PageElement>;
};
declare const getComputedStyle: (element: unknown) => {
  readonly opacity: string;
  readonly backgroundColor: string;
};

const executablePath = process.env.OASIS_CHROMIUM;
if (!executablePath) throw new Error('OASIS_CHROMIUM must be the path of a Chromium, received nothing');
const screenshots = process.env.OASIS_SCREENSHOTS && resolve(process.env.OASIS_SCREENSHOTS);
if (screenshots) mkdirSync(screenshots, { recursive: true });

const folder = mkdtempSync(join(tmpdir(), 'oasis-report-'));
const save = (name: string, page: string): string => {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, page);
  return pathToFileURL(path).href;
};
const urls = {
  sample: save('sample', renderReport(sampleReport)),
  hostile: save('hostile', renderReport(hostileReport)),
};

interface Visit {
  readonly url: string;
  readonly width: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly touch?: boolean;
}

/** Opens a page and fails on any message, error or request besides the page itself. */
const visit = async (
  browser: Browser,
  options: Visit,
  check: (page: Page) => Promise<void>,
): Promise<void> => {
  const context = await browser.newContext({
    viewport: { width: options.width, height: 844 },
    colorScheme: options.colorScheme ?? 'light',
    hasTouch: options.touch ?? false,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (request.url() !== options.url && !request.url().startsWith('data:image/svg+xml,'))
      complaints.push(`request: ${request.url()}`);
  });
  await page.goto(options.url);
  await check(page);
  await page.waitForTimeout(100);
  assert.deepEqual(complaints, []);
  await context.close();
};

const openDetails = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const element of document.querySelectorAll('details')) element.setAttribute('open', '');
  });

/** Elements that stick out of the page's width, scrolling boxes and screen-reader text aside. */
const overflow = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const found: string[] = [];
    if (document.documentElement.scrollWidth > width)
      found.push(`page: ${document.documentElement.scrollWidth} > ${width}`);
    for (const element of document.querySelectorAll('body *')) {
      if (element.closest('.scroll, pre, .hidden, .skip, svg')) continue;
      const box = element.getBoundingClientRect();
      if (box.width > 0 && (box.right > width + 0.5 || box.left < -0.5))
        found.push(`${element.tagName}.${element.className}`);
    }
    return found;
  });

/** SVG texts that stick out of their own drawing, where they would be cut off or run into a neighbor. */
const textsOutside = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const text of document.querySelectorAll('svg.figure text')) {
      const frame = text.closest('svg')?.getBoundingClientRect();
      const box = text.getBoundingClientRect();
      if (!frame || box.width === 0) continue;
      if (box.left < frame.left - 2 || box.right > frame.right + 2) found.push(`${text.textContent}`);
    }
    return found;
  });

const pwned = (page: Page): Promise<unknown> =>
  page.evaluate(() => (globalThis as { pwned?: unknown }).pwned);

const checks: Readonly<Record<string, (browser: Browser) => Promise<void>>> = {
  'a hostile report runs nothing, whatever is hovered, focused and opened': (browser) =>
    visit(browser, { url: urls.hostile, width: 1280 }, async (page) => {
      assert.equal(await page.locator('script, iframe, img').count(), 0);
      for (const summary of await page.locator('summary').all()) await summary.click();
      for (const element of await page.locator('a, summary, [tabindex]').all()) await element.focus();
      await page.locator('.pair').first().hover({ force: true });
      assert.equal(await pwned(page), undefined);
    }),
  'even a script that found its way in is stopped by the policy': async (browser) => {
    const infected = renderReport(sampleReport).replace(
      '<main>',
      '<main><script>window.pwned = 1</script><p onclick="window.pwned = 2" id="trap">x</p>',
    );
    const page = await browser.newPage();
    await page.goto(save('infected', infected));
    await page.locator('#trap').click();
    assert.equal(await pwned(page), undefined);
    await page.close();
  },
  ...Object.fromEntries(
    Object.entries(urls).flatMap(([name, url]) =>
      [320, 390, 768, 1280].map((width) => [
        `${name}: nothing sticks out at ${width} px`,
        (browser: Browser) =>
          visit(browser, { url, width }, async (page) => {
            await openDetails(page);
            assert.deepEqual(await overflow(page), []);
            if (name === 'sample') assert.deepEqual(await textsOutside(page), []);
          }),
      ]),
    ),
  ),
  'pointing at a pair shows its texts and lights it up in both maps': (browser) =>
    visit(browser, { url: urls.sample, width: 1280 }, async (page) => {
      assert.equal(await page.locator('.note-13').isVisible(), false);
      await page.locator('#map-0-title').locator('..').locator('.pair-13 .query').hover({ force: true });
      await page.waitForTimeout(250);
      assert.equal(await page.locator('.note-13').isVisible(), true);
      assert.equal(await page.locator('.hint').isVisible(), false);
      const opacities = await page
        .locator('.pair-13, .pair-14')
        .evaluateAll((pairs) => pairs.map((pair) => getComputedStyle(pair).opacity));
      assert.deepEqual(opacities.toSorted(), [...Array(4).fill('0.16'), ...Array(4).fill('1')]);
    }),
  'the keyboard reaches a pair, and the focus is seen': (browser) =>
    visit(browser, { url: urls.sample, width: 1280 }, async (page) => {
      await page.locator('.pair-0').first().focus();
      await page.keyboard.press('Tab');
      assert.equal(await page.locator('.note-1').isVisible(), true);
      assert.equal(await page.locator('.note-0').isVisible(), false);
    }),
  'a tap on a pair shows its texts': (browser) =>
    visit(browser, { url: urls.sample, width: 390, touch: true }, async (page) => {
      await page.locator('.pair-5 .code').first().tap({ force: true });
      assert.equal(await page.locator('.note-5').isVisible(), true);
    }),
  'dark is dark, and print is light again with every table open': (browser) =>
    visit(browser, { url: urls.sample, width: 1280, colorScheme: 'dark' }, async (page) => {
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(await ground(), 'rgb(21, 24, 28)');
      assert.equal(await page.locator('#map table').isVisible(), false);
      await page.emulateMedia({ media: 'print' });
      assert.equal(await ground(), 'rgb(255, 255, 255)');
      assert.equal(
        await page.locator('#map table').evaluate((table) => table.getBoundingClientRect().height > 100),
        true,
      );
      assert.equal(await page.locator('nav').isVisible(), false);
      await page.emulateMedia({ media: null });
    }),
};

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium(executablePath);
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

for (const [name, check] of Object.entries(checks)) test(name, () => check(browser));

if (screenshots) {
  for (const width of [390, 1280]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`a picture at ${width} px, ${colorScheme}`, () =>
        visit(browser, { url: urls.sample, width, colorScheme }, async (page) => {
          await page.screenshot({
            path: join(screenshots, `report-${width}-${colorScheme}.png`),
            fullPage: true,
          });
        }));
    }
  }
}
