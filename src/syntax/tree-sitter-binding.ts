import type { LanguageId } from './languages/index.js';

export type WebTreeSitter = typeof import('web-tree-sitter');

export const BINDING = 'web-tree-sitter';

/** An instance of `web-tree-sitter` with its WebAssembly module. */
export interface Binding {
  readonly module: WebTreeSitter;
  /** The WebAssembly module behind it; empty where someone else initialized it. */
  readonly wasm: object;
}

/** Set by CommonJS builds, where `import.meta` is empty. */
const ownFile = (): string => (typeof __filename === 'string' ? __filename : import.meta.url);

/** A file of a package as seen from a folder, the working directory or this package; null for none. */
export const resolveFile = async (request: string, from: string): Promise<string | null> => {
  const { createRequire } = await import('node:module');
  const { join } = await import('node:path');
  for (const base of [join(from, 'package.json'), join(process.cwd(), 'package.json'), ownFile()]) {
    try {
      return createRequire(base).resolve(request);
    } catch {
      // The next place may have it.
    }
  }
  return null;
};

export const missingPackage = (name: string, language: LanguageId): Error =>
  new Error(`parsing ${language} needs the package ${name}: npm install ${name}`);

/**
 * Loads an instance of `web-tree-sitter` of our own.
 *
 * WebAssembly memory only grows, and an instance that ran out of it is lost: so the module is not kept in Node's
 * cache, and goes when the last parser of it does.
 */
export const loadBinding = async (language: LanguageId, from: string): Promise<Binding> => {
  const file = await resolveFile(BINDING, from);
  if (file === null) throw missingPackage(BINDING, language);
  const { createRequire } = await import('node:module');
  const require = createRequire(file);
  delete require.cache[file];
  const module: WebTreeSitter = require(file);
  delete require.cache[file];
  // What it would say on its standard error when it runs out of memory is said by the error thrown.
  const wasm = { printErr: () => {} };
  await module.Parser.init(wasm);
  return { module, wasm };
};

/** Bytes of memory that an instance holds; 0 where that is unknown. */
export const memoryOf = ({ wasm }: Binding): number => {
  const view: unknown = Reflect.get(wasm, 'HEAPU8');
  return view instanceof Uint8Array ? view.length : 0;
};
