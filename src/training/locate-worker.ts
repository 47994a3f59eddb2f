import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

export interface WorkerLocation {
  readonly code: URL | string;
  readonly evaluate: boolean;
}

/**
 * The built worker beside the bundle or a chunk of it, or its TypeScript source where tsx is installed.
 *
 * @throws Error when there is neither, as in a bundle that left the worker's file out.
 */
export const locateWorker = (): WorkerLocation => {
  for (const path of ['./gradient-worker.js', './training/gradient-worker.js']) {
    const url = new URL(path, import.meta.url);
    if (url.protocol === 'file:' && existsSync(url)) return { code: url, evaluate: false };
  }
  const source = new URL('./gradient-worker.ts', import.meta.url);
  if (source.protocol === 'file:' && existsSync(source)) {
    const required = createRequire(import.meta.url).resolve('tsx/esm/api');
    const loader = pathToFileURL(required.replace(/cjs$/, 'mjs')).href;
    const [api, file] = [JSON.stringify(loader), JSON.stringify(source.href)];
    return { code: `import(${api}).then(({ tsImport }) => tsImport(${file}, ${file}));`, evaluate: true };
  }
  throw new Error('gradient-worker was not found beside this module: train without workers');
};
