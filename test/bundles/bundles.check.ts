/**
 * Every entry of the packed tarball in a browser: through esbuild, rollup, webpack and Vite, and by an import map without
 * a bundler, with TensorFlow.js's core and one backend alone. Each must give what Node gives.
 *
 *   OASIS_CHROMIUM=/usr/bin/chromium npx vitest run --project bundles
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openBrowser } from '../browser/open-page.js';
import { bundlers, makeFolder } from './bundlers.js';
import { entryPrograms, programEntries } from './programs.js';

const project = mkdtempSync(join(tmpdir(), 'oasis-bundles-'));
const names = entryPrograms.map(([name]) => name);
const packages = ['tfjs-core', 'tfjs-backend-cpu'].map((name) => `@tensorflow/${name}@4.22.0`);

let browser: Browser;
beforeAll(async () => {
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }');
  const options = ['--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', ...options, inject('oasisEmbed'), ...packages], {
    cwd: project,
    stdio: ['ignore', 'ignore', 2],
  });
  const folder = makeFolder(project, 'programs');
  for (const [name, code] of entryPrograms) writeFileSync(join(folder, `${name}.js`), code);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  rmSync(project, { recursive: true, force: true });
});

/** What a program gives in Node. */
const outputInNode = (name: string): string => {
  const code = `await import('./programs/${name}.js'); console.log('output ' + JSON.stringify(await globalThis.output));`;
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(run.status, run.stderr).toBe(0);
  return /^output (.*)$/m.exec(run.stdout)![1]!;
};

const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

/** What a page gives that holds `body`, with the project's files served beside it; and every complaint of its own. */
const outputOfPage = async (body: string): Promise<string> => {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.route('http://localhost/**', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: `<!doctype html>${body}` });
    const file = join(project, pathname);
    if (!existsSync(file)) {
      complaints.push(`${pathname} is missing`);
      return route.fulfill({ status: 404 });
    }
    const contentType = TYPES[extname(file)] ?? 'application/octet-stream';
    return route.fulfill({ contentType, body: readFileSync(file) });
  });
  try {
    await page.goto('http://localhost/');
    await page
      .waitForFunction(() => 'output' in globalThis, null, { timeout: 20_000 })
      .catch(() => complaints.push('no output'));
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
    return await page.evaluate(async () => JSON.stringify(await (globalThis as { output?: unknown }).output));
  } finally {
    await page.close();
  }
};

it('every entry of the package has a program here', () => {
  const face = readFileSync(join(project, 'node_modules/oasis-embed/package.json'), 'utf8');
  const entries = Object.keys((JSON.parse(face) as { exports: object }).exports);
  const code = entries.filter((entry) => entry !== './package.json');
  expect([...programEntries].sort()).toEqual(code.map((entry) => entry.replace(/^\.\//, '')).sort());
});

describe.each(Object.entries(bundlers))('bundled by %s', (bundler, build) => {
  const out = join(project, bundler);
  beforeAll(() => build(project, names, makeFolder(out)));

  it.each(names)('%s gives what it gives in Node', async (name) => {
    const found = await outputOfPage(`<script type="module" src="/${bundler}/${name}.js"></script>`);
    expect(found).toBe(outputInNode(name));
  });
});

describe('by an import map', () => {
  const face = join(project, 'node_modules/oasis-embed');
  const importMap = (): string => {
    const { exports: entries } = JSON.parse(readFileSync(join(face, 'package.json'), 'utf8')) as {
      exports: Record<string, { browser?: { import: { default: string } } }>;
    };
    const own = Object.entries(entries).flatMap(([entry, conditions]) => {
      const path = conditions.browser?.import.default;
      return path === undefined
        ? []
        : [[join('oasis-embed', entry), join('/node_modules/oasis-embed', path)]];
    });
    writeFileSync(join(project, 'seedrandom.js'), 'export {};');
    return JSON.stringify({
      imports: {
        ...Object.fromEntries(own),
        '@tensorflow/tfjs-core': '/node_modules/@tensorflow/tfjs-core/dist/tf-core.fesm.js',
        '@tensorflow/tfjs-backend-cpu':
          '/node_modules/@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.fesm.js',
        // Of random operations alone, and published for CommonJS.
        seedrandom: '/seedrandom.js',
      },
    });
  };

  it.each(names)('%s gives what it gives in Node', async (name) => {
    const map = `<script type="importmap">${importMap()}</script>`;
    const found = await outputOfPage(`${map}<script type="module" src="/programs/${name}.js"></script>`);
    expect(found).toBe(outputInNode(name));
  });

  it('names TensorFlow.js and tree-sitter alone in the files for browsers', () => {
    const folder = join(face, 'dist/browser');
    const imported = new Set<string>();
    for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.js')) continue;
      const code = readFileSync(join(folder, path), 'utf8');
      for (const [, from] of code.matchAll(/^(?:import|export)\b[^'"\n]*?['"]([^'"]+)['"];?$/gm)) {
        if (!from!.startsWith('.')) imported.add(from!);
      }
    }
    expect([...imported]).toEqual(['@tensorflow/tfjs-core']);
  });
});
