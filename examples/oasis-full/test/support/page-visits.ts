import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface Visit {
  /** What follows the server's own address. */
  readonly address?: string;
  readonly width?: number;
  readonly dark?: boolean;
  readonly touch?: boolean;
  readonly complaints?: RegExp;
}

/** Opens the page and fails on any message, error or request that goes elsewhere. */
export const visitPage = async (
  browser: Browser,
  {
    url,
    address = '',
    width = 1280,
    dark = false,
    touch = false,
    complaints: expected,
  }: Visit & { readonly url: string },
  check: (page: Page) => Promise<void>,
): Promise<void> => {
  const context = await browser.newContext({
    viewport: { width, height: 844 },
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: touch,
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(`${url}${address}`);
  await check(page);
  assert.deepEqual(
    complaints.filter((complaint) => expected?.test(complaint) !== true),
    [],
  );
  await context.close();
};

export const names = (page: Page): Promise<string[]> => page.locator('.hit .name').allTextContents();
/** Waits from outside: what a page evaluates while it waits, its own policy forbids. */
export const showsHits = (page: Page, count: number): Promise<void> =>
  expect.poll(() => page.locator('.hit').count(), { timeout: 10_000 }).toBe(count);
export const focused = (page: Page): Promise<unknown> =>
  page.evaluate(() => {
    const { activeElement } = (
      globalThis as unknown as {
        document: { activeElement: { id: string; querySelector(s: string): { textContent: string } | null } };
      }
    ).document;
    return activeElement.querySelector('.name')?.textContent ?? activeElement.id;
  });
export const pwned = (page: Page): Promise<unknown> =>
  page.evaluate(() => (globalThis as { pwned?: unknown }).pwned);
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { documentElement } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document;
    return documentElement.scrollWidth - documentElement.clientWidth;
  });
