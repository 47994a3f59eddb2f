import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

interface WasmModule {
  /** File in this folder. */
  readonly source: string;
  /** Where the compiled module goes, from the root, and the name it is exported by. */
  readonly target: string;
  readonly name: string;
}

export const wasmModules = {
  similarity: { source: 'similarity.ts', target: 'src/ast/simd-module.ts', name: 'simdModule' },
  dotProducts: {
    source: 'dot-products.ts',
    target: 'examples/oasis-full/search/dot-products-module.ts',
    name: 'dotProductsModule',
  },
} as const satisfies Readonly<Record<string, WasmModule>>;

/** What the target must hold: the module that the source compiles to, in base64. */
export const compileSimdModule = async (module: WasmModule = wasmModules.similarity): Promise<string> => {
  const source = readFileSync(fileURLToPath(new URL(module.source, import.meta.url)), 'utf8');
  const binaries: Uint8Array[] = [];
  const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--importMemory'];
  const { error, stderr } = await main([module.source, '-o', 'module.wasm', ...options], {
    readFile: (name) => (name === module.source ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binaries.push(contents);
    },
    listFiles: () => [],
  });
  const binary = binaries[0];
  if (error !== null || binary === undefined) {
    throw new Error(`wasm/${module.source} must compile, received:\n${stderr}`);
  }
  return [
    `/** Made from wasm/${module.source} by \`npm run build:wasm\`. */`,
    `export const ${module.name} =\n  '${Buffer.from(binary).toString('base64')}';`,
    '',
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of Object.values(wasmModules)) {
    writeFileSync(new URL(`../${module.target}`, import.meta.url), await compileSimdModule(module));
  }
}
