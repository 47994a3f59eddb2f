/**
 * The pipeline on a repository whose folder, files, names, docs and code would run in a page that did not escape them;
 * its report and its search page in a real browser. How to run it: see serve.check.ts.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, test } from 'vitest';
import { launchChromium } from '../../../test/support/chromium.js';
import { openSearchIndex } from '../search/search-index.js';
import { startSearchServer } from '../serve/search-server.js';

const executablePath = process.env.OASIS_CHROMIUM;
if (!executablePath) throw new Error('OASIS_CHROMIUM must be the path of a Chromium, received nothing');

const here = dirname(fileURLToPath(import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'oasis-hostile-'));
// A slash cannot stand in a file's name.
const name = `<img src=x onerror="window.pwned=1">`;
const markup = `</script><script>window.pwned=2</script></title><svg onload="window.pwned=3">`;
const repository = join(scratch, name);
const run = join(scratch, 'run');
let browser: Browser;

beforeAll(async () => {
  mkdirSync(repository);
  for (const verb of ['add', 'multiply', 'average', 'reverse', 'repeat', 'count', 'merge', 'split']) {
    const doc = `/** Computes the ${verb} of all the given numbers ${markup}. */`;
    const body = `const ${verb}Result = numbers.map((n) => n + ${verb.length});\n  return [\`${markup}\`, ...${verb}Result];`;
    const code = `${doc}\nfunction ${verb}(numbers) {\n  ${body}\n}\n`;
    writeFileSync(join(repository, `${verb}${name}.js`), code);
  }
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const options = ['--epochs', '1', '--dimensions', '32', '--label-dimensions', '8', '--threshold', '0.5'];
  const result = spawnSync(
    process.execPath,
    ['--import', tsx, join(here, '../cli.ts'), '--repos', repository, '--out', run, ...options],
    { cwd: resolve(here, '../../..'), encoding: 'utf8' },
  );
  assert.equal(result.status, 0, result.stderr);
  browser = await launchChromium(executablePath);
});
afterAll(async () => {
  await browser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

const pwned = `window.pwned ?? 'nothing ran'`;

test('the report shows hostile names, docs and code, and runs none', async () => {
  assert.match(
    readFileSync(join(run, 'report.html'), 'utf8'),
    /&lt;\/script&gt;&lt;script&gt;window\.pwned=2/,
  );
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(run, 'report.html')).href);
  for (const summary of await page.locator('summary').all()) await summary.click();
  for (const element of await page.locator('a, [tabindex]').all()) await element.focus();
  assert.equal(await page.locator('script, img, svg[onload]').count(), 0);
  assert.equal(await page.evaluate(pwned), 'nothing ran');
  await page.close();
});

test('the search page shows them, and runs none', async () => {
  const index = await openSearchIndex(run);
  const server = await startSearchServer(index, { port: 0 });
  const page = await browser.newPage();
  await page.goto(`${server.url}?q=average+of+numbers`);
  await page.locator('.hit').first().waitFor();
  const text = (await page.locator('#results').textContent()) ?? '';
  assert.ok(text.includes(name) && text.includes(markup));
  assert.equal(await page.locator('#results img, #results svg, #results script').count(), 0);
  await page.getByLabel('Repository').selectOption({ index: 1 });
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(pwned), 'nothing ran');
  await page.close();
  await server.close();
  await index.close();
});
