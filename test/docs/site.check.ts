/**
 * Builds the site and opens its pages on a phone and on a desktop. Needs the path of a Chromium in OASIS_CHROMIUM;
 * OASIS_SCREENSHOTS names a folder for pictures.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromium } from '../support/chromium.js';
import { root } from './pages.js';

const site = mkdtempSync(join(tmpdir(), 'site-'));
const screenshots = process.env.OASIS_SCREENSHOTS;
let browser: Browser;

const htmlFiles = () =>
  readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.html'));
const guides = () => htmlFiles().filter((path) => path.startsWith('documents') || path === 'index.html');

beforeAll(async () => {
  execFileSync(
    'npx',
    ['typedoc', '--options', 'docs/typedoc.config.js', '--out', site, '--treatWarningsAsErrors'],
    {
      cwd: root,
      stdio: 'pipe',
    },
  );
  browser = await chromium.launch({
    executablePath: process.env.OASIS_CHROMIUM ?? 'chromium',
    args: ['--no-sandbox', '--disable-gpu', '--allow-file-access-from-files'],
  });
});
afterAll(async () => {
  await browser?.close();
  rmSync(site, { recursive: true });
});

describe('the site', () => {
  it('has every guide and every entry', () => {
    expect(guides().length).toBeGreaterThan(9);
    expect(readdirSync(join(site, 'modules')).length).toBeGreaterThan(12);
  });

  it('has no link to a page or place that is not there', () => {
    const ids = new Map<string, Set<string>>();
    const idsOf = (file: string) => {
      const known =
        ids.get(file) ??
        new Set([...readFileSync(file, 'utf8').matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!));
      ids.set(file, known);
      return known;
    };
    const broken: string[] = [];
    for (const page of htmlFiles()) {
      const file = join(site, page);
      for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(/(?:href|src)="([^"]+)"/g)) {
        if (/^([a-z]+:|\/\/)/.test(target)) continue;
        const [path = '', anchor = ''] = target.split('#');
        const aim = path === '' ? file : join(dirname(file), decodeURIComponent(path.split('?')[0]!));
        const missing =
          !existsSync(aim) ||
          (anchor !== '' && aim.endsWith('.html') && !idsOf(aim).has(decodeURIComponent(anchor)));
        if (missing) broken.push(`${page}: ${target}`);
      }
    }
    expect(broken).toEqual([]);
  });

  it.each([390, 1280])('fits a window of %i px: nothing is wider, every picture is drawn', async (width) => {
    const page = await browser.newPage({ viewport: { width, height: 844 } });
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    for (const path of [...guides(), 'modules/losses.html', 'functions/losses.cosentLoss.html']) {
      await page.goto(pathToFileURL(join(site, path)).href);
      // As text: the types of a browser are not among those of this project.
      const { overflow, undrawn } = await page.evaluate<{ overflow: number; undrawn: string[] }>(`({
        overflow: document.documentElement.scrollWidth - window.innerWidth,
        undrawn: [...document.images].filter((image) => image.naturalWidth === 0).map((image) => image.src),
      })`);
      if (overflow > 0) faults.push(`${path}: ${overflow} px too wide`);
      for (const image of undrawn) faults.push(`${path}: ${relative(site, image)} is not drawn`);
      if (screenshots) {
        await page.screenshot({
          path: join(screenshots, `${path.replace(/\W+/g, '-')}-${width}.png`),
          fullPage: true,
        });
      }
    }
    await page.close();
    expect(faults).toEqual([]);
  });
});
