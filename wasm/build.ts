import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

/** A file of this folder as a WebAssembly module in base64. */
const compile = async (file: string, features: readonly string[]): Promise<string> => {
  const source = readFileSync(fileURLToPath(new URL(file, import.meta.url)), 'utf8');
  const binaries: Uint8Array[] = [];
  const enabled = features.flatMap((feature) => ['--enable', feature]);
  const options = ['-O3', '--runtime', 'stub', ...enabled, '--noAssert', '--importMemory'];
  const { error, stderr } = await main([file, '-o', 'module.wasm', ...options], {
    readFile: (name) => (name === file ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binaries.push(contents);
    },
    listFiles: () => [],
  });
  const binary = binaries[0];
  if (error !== null || binary === undefined) {
    throw new Error(`wasm/${file} must compile, received:\n${stderr}`);
  }
  return Buffer.from(binary).toString('base64');
};

/** What src/ast/simd-module.ts must hold: the module that wasm/similarity.ts compiles to, in base64. */
export const compileSimdModule = async (): Promise<string> =>
  [
    '/** Made from wasm/similarity.ts by `npm run build:wasm`. */',
    `export const simdModule =\n  '${await compile('similarity.ts', ['simd'])}';`,
    '',
  ].join('\n');

/** What src/metrics/score-modules.ts must hold: wasm/scores.ts without and with relaxed SIMD. */
export const compileScoreModules = async (): Promise<string> =>
  [
    '/** Made from wasm/scores.ts by `npm run build:wasm`. */',
    `export const scoreModule =\n  '${await compile('scores.ts', ['simd'])}';`,
    '',
    '/** The same with fused multiply-add: Node 22 and newer. */',
    `export const relaxedScoreModule =\n  '${await compile('scores.ts', ['simd', 'relaxed-simd'])}';`,
    '',
  ].join('\n');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('../src/ast/simd-module.ts', import.meta.url), await compileSimdModule());
  writeFileSync(new URL('../src/metrics/score-modules.ts', import.meta.url), await compileScoreModules());
}
