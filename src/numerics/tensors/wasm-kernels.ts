import * as tf from '@tensorflow/tfjs';
import { type GemmKernel, instantiateTensorModule } from './tensor-module.js';

/** The exports of wasm/tensors.ts: pointers in bytes, strides and sizes in floats. */
export interface TensorKernels extends GemmKernel {
  addBias(y: number, bias: number, rows: number, width: number): void;
  sumRows(x: number, out: number, rows: number, width: number): void;
  gelu(x: number, y: number, size: number): void;
  geluGradient(x: number, dy: number, dx: number, size: number): void;
  layerNorm(
    x: number,
    residual: number,
    gain: number,
    bias: number,
    normal: number,
    y: number,
    inverses: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  layerNormGradient(
    normal: number,
    gain: number,
    inverses: number,
    dy: number,
    dh: number,
    dGain: number,
    dBias: number,
    rows: number,
    width: number,
  ): void;
  attention(
    x: number,
    lengths: number,
    out: number,
    shares: number,
    batch: number,
    length: number,
    heads: number,
    groups: number,
    size: number,
    scale: number,
    causal: number,
    scratch: number,
  ): void;
  attentionGradient(
    x: number,
    lengths: number,
    shares: number,
    dOut: number,
    dx: number,
    batch: number,
    length: number,
    heads: number,
    groups: number,
    size: number,
    scale: number,
    scratch: number,
    space: number,
  ): void;
  gather(x: number, indices: number, out: number, count: number, width: number): void;
  scatter(updates: number, indices: number, out: number, count: number, rows: number, width: number): void;
  sumOfSquares(x: number, size: number): number;
  adamW(
    weights: number,
    gradient: number,
    first: number,
    second: number,
    next: number,
    size: number,
    rate: number,
    keep: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    gradientScale: number,
  ): void;
}

/** What is used of TensorFlow.js's WASM backend: its heap and where tensors lie in it. */
interface HeapBackend {
  readonly wasm?: {
    readonly asm?: { readonly memory?: object };
    _malloc(bytes: number): number;
    _free(pointer: number): void;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number | null } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

/** Kernels of our own that work in the memory of the WASM backend. */
export interface WasmKernels {
  readonly run: TensorKernels;
  /** Where a tensor's values lie, until it is disposed. */
  pointer(tensor: tf.Tensor): number;
  /** A new tensor with undefined values. */
  output<T extends tf.Tensor>(shape: readonly number[]): T;
  /** At least so many bytes, good until the next call. */
  scratch(bytes: number): number;
  /** The scratch of matrix products. */
  readonly gemmScratch: number;
}

const loaded = new WeakMap<object, WasmKernels | 'missing'>();

const load = (backend: HeapBackend): WasmKernels | 'missing' => {
  try {
    const memory = backend.wasm?.asm?.memory;
    if (memory === undefined) return 'missing';
    const run = instantiateTensorModule<TensorKernels>(memory);
    const allocate = (size: number) => {
      const address = backend.wasm!._malloc(size) >>> 0;
      if (address === 0) throw new Error(`the WASM backend has no ${size} bytes left`);
      return address;
    };
    let space = 0;
    let spaceBytes = 0;
    return {
      run,
      gemmScratch: allocate(run.gemmScratch()),
      pointer: (tensor) => backend.dataIdMap.get(tensor.dataId).memoryOffset!,
      output: <T extends tf.Tensor>(shape: readonly number[]) =>
        tf
          .engine()
          .makeTensorFromTensorInfo(
            backend.makeOutput([...shape], 'float32'),
            backend as unknown as tf.KernelBackend,
          ) as T,
      scratch: (size) => {
        if (size > spaceBytes) {
          if (space !== 0) backend.wasm!._free(space);
          space = allocate(size);
          spaceBytes = size;
        }
        return space;
      },
    };
  } catch {
    return 'missing';
  }
};

/**
 * Our kernels for the backend in use, or null on every other backend, and where the WASM backend keeps its memory to
 * itself or the machine lacks SIMD.
 */
export const wasmKernels = (): WasmKernels | null => {
  if (tf.getBackend() !== 'wasm') return null;
  const backend = tf.backend() as unknown as HeapBackend;
  let kernels = loaded.get(backend);
  if (kernels === undefined) {
    kernels = load(backend);
    loaded.set(backend, kernels);
  }
  return kernels === 'missing' ? null : kernels;
};
