/**
 * Opens the search page in a real browser. Not part of `npm test`: run it with the path of a Chromium, and with
 * OASIS_SCREENSHOTS for pictures in a folder, OASIS_RUN for pictures of a run of one's own,
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project search-page
 */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from '../../../test/support/chromium.js';
import { openSearchIndex, type SearchIndex } from '../search/search-index.js';
import { type SearchServer, startSearchServer } from '../serve/search-server.js';
import { focused, names, overflow, pwned, showsHits, type Visit, visitPage } from './support/page-visits.js';
import { drafted, writeSearchRun } from './support/search-run.js';

const executablePath = process.env.OASIS_CHROMIUM;
if (!executablePath) throw new Error('OASIS_CHROMIUM must be the path of a Chromium, received nothing');
const screenshots = process.env.OASIS_SCREENSHOTS && resolve(process.env.OASIS_SCREENSHOTS);
if (screenshots) mkdirSync(screenshots, { recursive: true });

const hostile = `</script><script>window.pwned=1</script><img src=x onerror="window.pwned=2">`;
const long = (name: string, lines: number) =>
  `function ${name}(list, { first = 0, last = list.length, step = 1 } = {}) {\n${Array.from({ length: lines }, (_, i) => `  list.push(${i}); // step ${i}`).join('\n')}\n  return list;\n}`;

const functions = drafted([
  {
    qualifiedName: 'median',
    source:
      'function median(numbers) {\n  const sorted = [...numbers].sort((a, b) => a - b);\n  return sorted[sorted.length >> 1];\n}',
    summary: 'The median of a list of numbers',
  },
  {
    qualifiedName: 'fillList',
    source: long('fillList', 40),
    summary: 'Fills a list with steps, one after another',
  },
  {
    qualifiedName: 'parse_date',
    language: 'python',
    repository: 'dates',
    path: 'dates/parse.py',
    source:
      'def parse_date(text):\n    """Parses a date."""\n    return date(*map(int, text.split("-")))  # ISO',
    summary: 'Parses a date written as year, month and day',
  },
  {
    qualifiedName: `evil${hostile}`,
    repository: `repo${hostile}`,
    path: `a/${hostile}.js`,
    source: `function evil() { return '${hostile}'; }`,
    summary: `Evil ${hostile} \u202egnp.exe`,
  },
  ...['Left', 'Right'].map((side, i) => ({
    qualifiedName: `rotate${side}`,
    path: 'src/matrix.js',
    startLine: 20 * i + 5,
    endLine: 20 * i + 7,
    source: `function rotate${side}(matrix) {\n  return matrix.rotated(${i});\n}`,
    summary: `Rotates a matrix to the ${side.toLowerCase()}`,
  })),
  ...Array.from({ length: 30 }, (_, i) => ({
    qualifiedName: `sortBy${i}`,
    source: `function sortBy${i}(list, key) {\n  return list.sort((a, b) => a[key] - b[key] + ${i});\n}`,
    summary: `Sorts a list by key ${i}`,
  })),
]);

const folder = mkdtempSync(join(tmpdir(), 'oasis-serve-'));
let browser: Browser;
let index: SearchIndex;
let server: SearchServer;

beforeAll(async () => {
  mkdirSync(join(folder, 'sample/src'), { recursive: true });
  for (const fn of functions)
    if (fn.repository === 'sample') writeFileSync(join(folder, 'sample', fn.path), fn.source);
  await writeSearchRun(join(folder, 'run'), functions, {
    roots: new Map([['sample', join(folder, 'sample')]]),
  });
  index = await openSearchIndex(join(folder, 'run'));
  server = await startSearchServer(index, { port: 0 });
  browser = await launchChromium(executablePath);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  await index?.close();
  rmSync(folder, { recursive: true, force: true });
});

const visit = (options: Visit, check: (page: Page) => Promise<void>, url = server.url): Promise<void> =>
  visitPage(browser, { ...options, url }, check);

test('keeps what is typed while the page is loading', async () => {
  const page = await browser.newPage();
  page.setDefaultTimeout(10_000);
  let load = () => {};
  const loading = new Promise<void>((resolve) => {
    load = resolve;
  });
  await page.route('**/api/index', async (route) => {
    await loading;
    await route.continue();
  });
  await page.goto(server.url);
  await page.locator('#question').pressSequentially('median of a list');
  load();
  await page.locator('.hit').first().waitFor();
  assert.equal((await names(page))[0], 'median');
  assert.equal(await page.locator('#question').inputValue(), 'median of a list');
  await page.close();
});

test('finds functions while the question is typed, from the keyboard alone', () =>
  visit({}, async (page) => {
    assert.equal(await focused(page), 'question');
    await page.keyboard.type('median of a list');
    await page.locator('.hit').first().waitFor();
    assert.equal((await names(page))[0], 'median');
    assert.match(page.url(), /\?q=median\+of\+a\+list$/);
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(page), 'median');
    await page.keyboard.press('j');
    assert.equal(await focused(page), (await names(page))[1]);
    await page.keyboard.press('k');
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(page), 'question');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('/');
    assert.equal(await focused(page), 'question');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#question').inputValue(), '');
    await page.locator('#welcome').waitFor();
    assert.equal(await page.locator('.hit').count(), 0);
  }));

test('shows file, line, score and colored code; long code unfolds by Enter and x', () =>
  visit({ address: '?q=fills+a+list+with+steps' }, async (page) => {
    const hit = page.locator('.hit').first();
    await hit.waitFor();
    assert.match(
      (await hit.locator('.place').textContent()) ?? '',
      /sample · src\/file-1\.js:11 · JavaScript/,
    );
    assert.match((await hit.locator('.score').textContent()) ?? '', /words #\d+/);
    assert.ok((await hit.locator('.keyword').count()) > 0);
    const height = async () => (await hit.locator('pre').boundingBox())?.height ?? 0;
    const folded = await height();
    await hit.focus();
    await page.keyboard.press('Enter');
    assert.ok((await height()) > 2 * folded);
    await page.keyboard.press('x');
    assert.equal(await height(), folded);
    await page.setViewportSize({ width: 330, height: 700 });
    await page.keyboard.press('ArrowRight');
    assert.ok(
      (await hit.locator('pre').evaluate((pre) => (pre as unknown as { scrollLeft: number }).scrollLeft)) > 0,
    );
    await page.setViewportSize({ width: 1280, height: 844 });
    await hit.getByRole('button', { name: 'All 43 lines' }).click();
    assert.ok((await height()) > 2 * folded);
  }));

test('results of one file stand together, with the numbers of their lines', () =>
  visit({ address: '?q=rotates+a+matrix' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    const file = page.locator('#results > li').first();
    assert.deepEqual((await file.locator('.name').allTextContents()).sort(), ['rotateLeft', 'rotateRight']);
    assert.match((await file.locator('.place').nth(1).textContent()) ?? '', /^line (5|25) of the same file$/);
    const lines = file.locator('.hit', { hasText: 'rotateRight' }).locator('.line');
    const numbers = await lines.evaluateAll((all) =>
      all.map((line) => (line as unknown as { dataset: { line: string } }).dataset.line),
    );
    assert.deepEqual(numbers, ['25', '26', '27']);
    // Code is taken from the page without them.
    assert.doesNotMatch((await file.locator('code').first().textContent()) ?? '', /^\d/);
  }));

test('two results fit above the fold, and code that scrolls takes the focus', () =>
  visit({ address: '?q=fills+a+list+with+steps' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    const second = await page.locator('.hit').nth(1).boundingBox();
    const footer = await page.locator('footer').boundingBox();
    assert.ok(second!.y + second!.height <= footer!.y, `ends at ${second!.y + second!.height}`);
    const pre = page.locator('.hit pre').first();
    await pre.focus();
    assert.equal(await pre.evaluate((element) => element.matches(':focus')), true);
  }));

test('more like a result, and back', () =>
  visit({ address: '?q=sorts+a+list+by+key+3' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    const [first] = await names(page);
    await page.getByRole('button', { name: 'More like this' }).first().click();
    await page.getByText(/^The most like it/).waitFor();
    const related = await names(page);
    assert.ok(!related.includes(first!), `${first} is not like itself`);
    assert.match(related[0]!, /^sortBy/);
    assert.match(page.url(), /like=/);
    await page.goBack();
    await page.getByText(/^The best/).waitFor();
    assert.equal((await names(page))[0], first);
  }));

test('a repository among thousands is typed', async () => {
  const many: SearchIndex = {
    ...index,
    repositories: [
      ...index.repositories,
      ...Array.from({ length: 5000 }, (_, i) => ({ name: `repository-${i}`, functions: 1 })),
    ],
  };
  const own = await startSearchServer(many, { port: 0 });
  await visit(
    { address: '?q=parse+a+date' },
    async (page) => {
      await page.locator('.hit').first().waitFor();
      assert.equal(await page.locator('#repositories option').count(), 5000 + index.repositories.length);
      await page.getByLabel('Repository').fill('dates');
      await page.keyboard.press('Enter');
      await page.waitForURL(/repository=dates/);
      await showsHits(page, 1);
    },
    own.url,
  );
  await own.close();
});

test('copies the path and links to the editor that is chosen', () =>
  visit({ address: '?q=median' }, async (page) => {
    const hit = page.locator('.hit').first();
    await hit.waitFor();
    const file = join(folder, 'sample/src/file-0.js');
    await hit.focus();
    await page.keyboard.press('c');
    await page.getByText('Copied', { exact: true }).waitFor();
    const clipboard = 'navigator.clipboard.readText()';
    assert.equal(await page.evaluate(clipboard), `${file}:1`);
    assert.equal(await page.locator('a.editor').count(), 0);
    await page.getByLabel('Open files in').selectOption('VS Code');
    await page.locator('a.editor').first().waitFor();
    assert.equal(await page.locator('a.editor').first().getAttribute('href'), `vscode://file${file}:1`);
    await page.reload();
    await page.locator('a.editor').first().waitFor();
  }));

test('filters by repository and language, and the address keeps them', () =>
  visit({ address: '?q=parse+a+date' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    await page.getByLabel('Language').selectOption('python');
    await page.waitForURL(/language=python/);
    await showsHits(page, 1);
    assert.deepEqual(await names(page), ['parse_date']);
    await page.getByLabel('Language').selectOption('');
    await page.getByLabel('Repository').selectOption('sample');
    await page.waitForURL(/repository=sample/);
    // The answer for all repositories, asked for a moment before, may still come.
    await expect
      .poll(async () => (await names(page)).includes('parse_date'), { timeout: 10_000 })
      .toBe(false);
    await showsHits(page, 5);
    await page.reload();
    await page.locator('.hit').first().waitFor();
    assert.equal(await page.getByLabel('Repository').inputValue(), 'sample');
    await page.goBack();
    await page.goBack();
    await showsHits(page, 1);
    assert.equal(await page.getByLabel('Language').inputValue(), 'python');
  }));

test('more functions come on request', () =>
  visit({ address: '?q=sorts+a+list' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    assert.equal(await page.locator('.hit').count(), 20);
    await page.getByRole('button', { name: 'More results' }).click();
    // Those that share no word with the question and whose cosine is below 0 are no results.
    await expect.poll(() => page.locator('.hit').count(), { timeout: 10_000 }).toBeGreaterThan(30);
    assert.equal(await page.getByRole('button', { name: 'More results' }).isVisible(), false);
  }));

test('a hostile repository runs nothing', () =>
  visit({ address: '?q=evil' }, async (page) => {
    await page.locator('.hit').first().waitFor();
    const hit = page.locator('.hit', { hasText: 'evil' }).first();
    assert.match((await hit.textContent()) ?? '', /<\/script><script>window\.pwned=1/);
    assert.doesNotMatch((await hit.textContent()) ?? '', /\u202e/);
    await hit.focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('Repository').selectOption({ index: 2 });
    await page.waitForTimeout(300);
    assert.equal(await page.locator('#results img, #results script').count(), 0);
    assert.equal(await pwned(page), undefined);
  }));

test('hostile questions are questions', () =>
  visit({ address: `?q=${encodeURIComponent(hostile)}` }, async (page) => {
    await page.locator('.hit').first().waitFor();
    assert.equal(await page.locator('#question').inputValue(), hostile);
    assert.equal(await pwned(page), undefined);
  }));

test('says so when a question holds nothing, is too long, and when the server is gone', async () => {
  const own = await startSearchServer(index, { port: 0 });
  await visit(
    { address: '?q=%3F%3F%3F', complaints: /Failed to load resource|ERR_CONNECTION_REFUSED/ },
    async (page) => {
      await page.getByRole('heading', { name: 'Nothing found' }).waitFor();
      await page.locator('#question').fill('word '.repeat(900));
      await page.getByText('Question must have at most 4000 characters, received 4499.').waitFor();
      await page.locator('#question').fill('median');
      await page.locator('.hit').first().waitFor();
      await own.close();
      await page.locator('#question').fill('list');
      await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
      assert.equal(await page.locator('.hit').count(), 0);
      const again = await startSearchServer(index, { port: own.port });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.hit').first().waitFor();
      await again.close();
    },
    own.url,
  );
});

test('a page of another origin learns nothing', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  // An opaque origin, as of a file or a sandboxed frame.
  await page.goto('data:text/html,<title>elsewhere</title>');
  const url = JSON.stringify(`${server.url}api/search?q=median`);
  const read = `fetch(${url}).then((r) => r.text(), (error) => error.name)`;
  assert.equal(await page.evaluate(read), 'TypeError');
  const blind = `fetch(${url}, { mode: 'no-cors' }).then((r) => r.type, (error) => error.name)`;
  assert.notEqual(await page.evaluate(blind), 'basic');
  await context.close();
});

for (const width of [320, 390, 768, 1280]) {
  test(`nothing sticks out at ${width} px`, () =>
    visit({ address: '?q=evil+list', width }, async (page) => {
      await page.locator('.hit').first().waitFor();
      assert.equal(await overflow(page), 0);
    }));
}

if (screenshots) {
  for (const width of [390, 1280]) {
    for (const dark of [false, true]) {
      test(`pictures at ${width} px, ${dark ? 'dark' : 'light'}`, async () => {
        const run = process.env.OASIS_RUN;
        const shown = run === undefined ? index : await openSearchIndex(resolve(run));
        const own = await startSearchServer(shown, { port: 0 });
        const picture = (name: string) =>
          join(screenshots, `serve-${name}-${width}-${dark ? 'dark' : 'light'}.png`);
        await visit(
          { width, dark, touch: width < 500, complaints: /Failed to load/ },
          async (page) => {
            await page.locator('#welcome .lead').waitFor();
            await page.waitForTimeout(200);
            await page.screenshot({ path: picture('welcome') });
            await page.locator('#question').fill('remove duplicates from a list');
            await page.locator('.hit').first().waitFor();
            if (width > 500) {
              await page.keyboard.press('ArrowDown');
              await page.keyboard.press('ArrowDown');
            }
            await page.waitForTimeout(100);
            await page.screenshot({ path: picture('results') });
            await page.locator('#question').fill('?!');
            await page.locator('#nothing').waitFor();
            await page.screenshot({ path: picture('nothing') });
            await own.close();
            await page.locator('#question').fill('list');
            await page.locator('#problem').waitFor();
            await page.screenshot({ path: picture('problem') });
          },
          own.url,
        );
        if (shown !== index) await shown.close();
      });
    }
  }
}
