import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { packageFolder } from './package-folder.js';

const hashFolder = (hash: ReturnType<typeof createHash>, folder: string, skip: readonly string[]): void => {
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!/\.[cm]?[jt]s$/.test(path) || skip.some((name) => path.split(/[\\/]/).includes(name))) continue;
    hash.update(path).update(readFileSync(join(folder, path)));
  }
};

/** Changes with the pipeline's code and the library's: a stage made by other code is made again. */
export const codeVersion = (): string => {
  const hash = createHash('sha256');
  const source = resolve(packageFolder, '../../src');
  const isCheckout = existsSync(join(source, 'index.ts'));
  // In a checkout the code is what stands in the sources, whether or not it was built.
  hashFolder(hash, packageFolder, ['node_modules', 'test', 'runs', ...(isCheckout ? ['dist'] : [])]);
  if (isCheckout) hashFolder(hash, source, []);
  else hash.update(readFileSync(createRequire(import.meta.url).resolve('oasis-embed/package.json')));
  return hash.digest('hex');
};
