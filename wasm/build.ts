/**
 * Compiles the AssemblyScript of this folder into the TypeScript files that hold the modules.
 *
 * usage: npm run build:wasm [-- --check]   compares instead of writing, and fails where a file differs
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { importTool } from '../.ci/tools/run-tool.mjs';

interface ModuleSource {
  /** A file of this folder. */
  readonly source: string;
  /** WebAssembly features it is compiled with. */
  readonly features: readonly string[];
  /** The exported constant that holds it in base64. */
  readonly name: string;
  readonly note?: string;
}

/** The TypeScript files that hold compiled modules, from the root, and what stands in each. */
const generated = {
  'src/ast/distance/simd-module.ts': [{ source: 'similarity.ts', features: ['simd'], name: 'simdModule' }],
  'src/ast/distance/bounded-module.ts': [{ source: 'bounded.ts', features: ['simd'], name: 'boundedModule' }],
  'src/ast/distance/inner-path-module.ts': [
    { source: 'inner-paths.ts', features: ['simd'], name: 'innerPathModule' },
  ],
  'src/ast/distance/weighted-path-module.ts': [
    { source: 'weighted-paths.ts', features: ['simd'], name: 'weightedPathModule' },
  ],
  'src/metrics/ranks/score-module.ts': [{ source: 'scores.ts', features: ['simd'], name: 'scoreModule' }],
  'src/numerics/tensors/wasm-module.ts': [{ source: 'tensors.ts', features: ['simd'], name: 'wasmModule' }],
  'examples/oasis-full/search/dot-products-module.ts': [
    { source: 'dot-products.ts', features: ['simd'], name: 'dotProductsModule' },
  ],
} as const satisfies Record<string, readonly ModuleSource[]>;

type GeneratedFile = keyof typeof generated;

interface Compiler {
  main(
    options: readonly string[],
    host: {
      readFile(name: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: object }>;
}

const { main } = (await importTool('wasm', 'assemblyscript/dist/asc.js')) as Compiler;

/** A file of this folder: the one to compile, or what it imports. The compiler asks for some that are not there. */
const readSource = (name: string): string | null => {
  const path = fileURLToPath(new URL(name, import.meta.url));
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
};

const compile = async ({ source: file, features }: ModuleSource): Promise<string> => {
  const binaries: Uint8Array[] = [];
  const enabled = features.flatMap((feature) => ['--enable', feature]);
  const options = ['-O3', '--runtime', 'stub', ...enabled, '--noAssert', '--importMemory'];
  const { error, stderr } = await main([file, '-o', 'module.wasm', ...options], {
    readFile: readSource,
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

/** What a generated file must hold. */
const compileModules = async (file: GeneratedFile): Promise<string> => {
  const sources: readonly ModuleSource[] = generated[file];
  const lines = [`/** Made from wasm/${sources[0]!.source} by \`npm run build:wasm\`. */`];
  for (const [i, module] of sources.entries()) {
    if (i > 0) lines.push('');
    if (module.note !== undefined) lines.push(`/** ${module.note} */`);
    lines.push(`export const ${module.name} =\n  '${await compile(module)}';`);
  }
  return `${lines.join('\n')}\n`;
};

const check = process.argv.includes('--check');
for (const file of Object.keys(generated) as GeneratedFile[]) {
  const path = new URL(`../${file}`, import.meta.url);
  const compiled = await compileModules(file);
  if (!check) writeFileSync(path, compiled);
  else if (readFileSync(path, 'utf8') !== compiled) {
    console.error(`${file} is not what its source compiles to: run npm run build:wasm`);
    process.exitCode = 1;
  }
}
