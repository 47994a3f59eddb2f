import { compileWasm } from '../web-assembly.js';
import { wasmModule } from './wasm-module.js';

/** The matrix product of wasm/tensors.ts: pointers in bytes, strides and sizes in floats. */
export interface GemmKernel {
  /** Bytes of scratch that a product needs. */
  gemmScratch(): number;
  gemm(
    a: number,
    aRow: number,
    aColumn: number,
    b: number,
    bRow: number,
    bColumn: number,
    c: number,
    ldc: number,
    m: number,
    n: number,
    k: number,
    add: number,
    scratch: number,
  ): void;
}

let instantiate: ((memory: object) => object) | undefined;

/**
 * An instance of wasm/tensors.ts that works in a memory; the module is compiled once for all of them.
 *
 * @throws Where WebAssembly or an instruction of the module is missing or forbidden.
 */
export const instantiateTensorModule = <Kernels extends GemmKernel>(memory: object): Kernels => {
  instantiate ??= compileWasm<object>(wasmModule);
  return instantiate(memory) as Kernels;
};
