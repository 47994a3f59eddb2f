import type * as Playwright from 'playwright-core';
import { importTool } from '../../.ci/tools/run-tool.mjs';

/** Playwright's driver of an installed Chromium, fetched when a suite first opens one. */
export const { chromium } = (await importTool('browser', 'playwright-core/index.mjs')) as typeof Playwright;

/** A browser that asks for nothing but what it is told to open. Without further flags it draws without a GPU. */
export const launchChromium = (
  executablePath: string,
  drawing: readonly string[] = ['--disable-gpu'],
): Promise<Playwright.Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      ...drawing,
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
