import type * as Playwright from 'playwright-core';
import { importTool } from '../../.ci/tools/run-tool.mjs';

/** Playwright's driver of an installed Chromium, fetched when a suite first opens one. */
export const { chromium } = (await importTool('browser', 'playwright-core/index.mjs')) as typeof Playwright;
