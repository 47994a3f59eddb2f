import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

interface ModuleSource {
  readonly source: string;
  readonly target: string;
  readonly name: string;
}

/** What is compiled, and the TypeScript file that must hold the result. */
const modules = {
  simd: { source: 'similarity.ts', target: 'src/ast/simd-module.ts', name: 'simdModule' },
  tensors: {
    source: 'tensors.ts',
    target: 'src/numerics/tensors/wasm-module.ts',
    name: 'wasmModule',
  },
} as const satisfies Record<string, ModuleSource>;

const compile = async ({ source: file, name }: ModuleSource): Promise<string> => {
  const source = readFileSync(fileURLToPath(new URL(`./${file}`, import.meta.url)), 'utf8');
  const binaries: Uint8Array[] = [];
  const options = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--noAssert', '--importMemory'];
  const { error, stderr } = await main([file, '-o', 'module.wasm', ...options], {
    readFile: (wanted) => (wanted === file ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binaries.push(contents);
    },
    listFiles: () => [],
  });
  const binary = binaries[0];
  if (error !== null || binary === undefined) {
    throw new Error(`wasm/${file} must compile, received:\n${stderr}`);
  }
  return [
    `/** Made from wasm/${file} by \`npm run build:wasm\`. */`,
    `export const ${name} =\n  '${Buffer.from(binary).toString('base64')}';`,
    '',
  ].join('\n');
};

/** What src/ast/simd-module.ts must hold: the module that wasm/similarity.ts compiles to, in base64. */
export const compileSimdModule = (): Promise<string> => compile(modules.simd);

/** The same for src/numerics/tensors/wasm-module.ts. */
export const compileTensorModule = (): Promise<string> => compile(modules.tensors);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const module of Object.values(modules)) {
    writeFileSync(new URL(`../${module.target}`, import.meta.url), await compile(module));
  }
}
