import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { withoutNode } from '../../.ci/build/without-node.js';
import { installTools } from '../../.ci/tools/run-tool.mjs';
import { launchChromium } from '../support/chromium.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');

/** A Chromium that draws with SwiftShader, where it finds no GPU: WebGL 2 and WebGPU on the processor. */
export const openBrowser = (): Promise<Browser> => {
  const executablePath = process.env.OASIS_CHROMIUM;
  if (!executablePath) throw new Error('OASIS_CHROMIUM must be the path of a Chromium, received nothing');
  return launchChromium(executablePath, [
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan,WebGPU',
    '--use-webgpu-adapter=swiftshader',
  ]);
};

/** Bundles a file of `page/` as browsers get it, on one TensorFlow.js. */
export const bundlePage = async (entry: string): Promise<string> => {
  const webgpu = join(installTools('webgpu'), 'node_modules/@tensorflow/tfjs-backend-webgpu');
  const { outputFiles } = await build({
    entryPoints: [join(here, 'page', entry)],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"test"' },
    alias: {
      vitest: join(root, 'test/support/vitest-anywhere.ts'),
      '@tensorflow/tfjs-core': join(root, 'node_modules/@tensorflow/tfjs-core'),
      '@tensorflow/tfjs-backend-webgpu': webgpu,
    },
    plugins: [
      {
        name: 'backends-of-the-page',
        setup: ({ onResolve }) => {
          onResolve({ filter: /support\/backends\.js$/ }, () => ({ path: join(here, 'page/backends.ts') }));
        },
      },
      withoutNode(),
    ],
  });
  return outputFiles[0]!.text;
};

const WASM_BACKEND = { '/wasm/': join(root, 'node_modules/@tensorflow/tfjs-backend-wasm/dist') };

const TYPES: Readonly<Record<string, string>> = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' };

/**
 * A page of a secure origin of its own, which WebGPU asks for, with a script and files.
 *
 * @param folders By what their files' paths begin with.
 */
export const openPage = async (
  browser: Browser,
  script: string,
  folders: Readonly<Record<string, string>> = WASM_BACKEND,
): Promise<Page> => {
  const page = await browser.newPage();
  await page.route('http://localhost/**', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') {
      return route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><script src="page.js"></script>',
      });
    }
    if (pathname === '/page.js') return route.fulfill({ contentType: 'text/javascript', body: script });
    const served = Object.entries(folders).find(([start]) => pathname.startsWith(start));
    const file = served && join(served[1], pathname.slice(served[0].length));
    if (file !== undefined && existsSync(file)) {
      const contentType = TYPES[extname(file)] ?? 'application/octet-stream';
      return route.fulfill({ contentType, body: readFileSync(file) });
    }
    return route.fulfill({ status: 404 });
  });
  await page.goto('http://localhost/');
  return page;
};
