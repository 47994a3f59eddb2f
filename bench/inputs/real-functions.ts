import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzeRepository } from '../../src/corpus/index.js';

/** Sources that are there wherever the bench runs, the small ones first: this package's own and those of what it uses. */
const SOURCES = ['src', 'node_modules/ml-matrix', 'node_modules/@tensorflow', 'node_modules/typescript/lib'];

/** That many functions of real code, in the order of their sources. @throws Error where the checkout has fewer. */
export const realFunctions = async (count: number): Promise<string[]> => {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const found: string[] = [];
  for (const source of SOURCES) {
    const options = { keepGenerated: true, gitignore: false, maxFileBytes: 1 << 24 };
    const { functions } = await analyzeRepository(join(root, source), options);
    for (const { code } of functions) found.push(code);
    if (found.length >= count) return found.slice(0, count);
  }
  throw new Error(`the checkout must hold ${count} functions, found ${found.length}`);
};
