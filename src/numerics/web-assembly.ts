export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

/** The part of the global that is used here: no types of a browser are at hand. */
interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => { readonly exports: object };
}

const api = (): WebAssemblyApi =>
  (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;

/** @throws Where WebAssembly is missing, or the memory cannot be had. */
export const createWasmMemory = (pages: number): WasmMemory => new (api().Memory)({ initial: pages });

/**
 * Compiles a module of our own once, for as many instances as are asked for.
 *
 * @param base64 A module that imports its memory as `env.memory`.
 * @returns Makes an instance that works in a memory.
 * @throws Where WebAssembly or an instruction of the module is missing or forbidden.
 */
export const compileWasm = <Exports extends object>(base64: string): ((memory: object) => Exports) => {
  const { Module, Instance } = api();
  const module = new Module(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  return (memory) => new Instance(module, { env: { memory } }).exports as Exports;
};
