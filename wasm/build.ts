import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const source = readFileSync(fileURLToPath(new URL('./similarity.ts', import.meta.url)), 'utf8');

/** What src/ast/simd-module.ts must hold: the module that wasm/similarity.ts compiles to, in base64. */
export const compileSimdModule = async (): Promise<string> => {
  const binaries: Uint8Array[] = [];
  const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--importMemory'];
  const { error, stderr } = await main(['similarity.ts', '-o', 'similarity.wasm', ...options], {
    readFile: (name) => (name === 'similarity.ts' ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binaries.push(contents);
    },
    listFiles: () => [],
  });
  const binary = binaries[0];
  if (error !== null || binary === undefined) {
    throw new Error(`wasm/similarity.ts must compile, received:\n${stderr}`);
  }
  return [
    '/** Made from wasm/similarity.ts by `npm run build:wasm`. */',
    `export const simdModule =\n  '${Buffer.from(binary).toString('base64')}';`,
    '',
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/ast/simd-module.ts', import.meta.url), await compileSimdModule());
}
