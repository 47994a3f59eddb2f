import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DataType } from '../graph/graph.js';

/** The packages that bring ONNX Runtime: native code for Node, WebAssembly for browsers. */
export type OnnxPackage = 'onnxruntime-node' | 'onnxruntime-web';

/** What this package uses of ONNX Runtime. */
export interface OnnxRuntime {
  readonly package: OnnxPackage;
  readonly version: string;
  /** What its sessions compute on, by ONNX Runtime's own name: `cpu`, `wasm`, `webgpu`, … */
  readonly provider: string;
  readonly createSession: (
    /** The bytes of an ONNX file, or its path: what lies in files beside it is found only by the path. */
    model: Uint8Array | string,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  readonly createTensor: (
    type: DataType,
    data: Float32Array | BigInt64Array | Int8Array | Uint8Array,
    shape: readonly number[],
  ) => Tensor;
}

/** The first version whose operators the graphs are made of. */
export const OLDEST_RUNTIME = '1.20.0';

const isOlder = (version: string, other: string): boolean => {
  const parts = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [a, b] = [parts(version), parts(other)];
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
};

interface RuntimeModule {
  readonly env: {
    readonly versions: { readonly node?: string; readonly web?: string; readonly common: string };
  };
  readonly InferenceSession: {
    create(model: Uint8Array | string, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (
    type: string,
    data: Float32Array | BigInt64Array | Int8Array | Uint8Array,
    shape: readonly number[],
  ) => Tensor;
}

const isNode = (): boolean => typeof process === 'object' && typeof process.versions?.node === 'string';

/** A name that bundlers leave alone: a page without the package is bundled too. */
const WEB: string = 'onnxruntime-web';

const importHere = (): Promise<unknown> => (isNode() ? import('onnxruntime-node') : import(WEB));

/** A runtime that computes on something else. */
export const withProvider = (loaded: OnnxRuntime, provider: string): OnnxRuntime => ({
  ...loaded,
  provider,
  createSession: (model, options) =>
    loaded.createSession(model, { ...options, executionProviders: [provider] }),
});

/**
 * Loads ONNX Runtime, an optional peer: `onnxruntime-node` in Node, `onnxruntime-web` in a browser, where a bundler has to
 * see the import: `loadOnnxRuntime(() => import('onnxruntime-web'))`.
 *
 * @param load Where the module comes from. @defaultValue the package for where the program runs, by its name
 * @throws Error with the install command when it is not there or older than {@link OLDEST_RUNTIME}.
 *
 * @example
 * ```ts
 * import { loadOnnxRuntime } from 'oasis-embed/onnx';
 *
 * const runtime = await loadOnnxRuntime();
 * if (!/^\d+\./.test(runtime.version)) throw new Error('a version starts with a number');
 * console.log(runtime.package, runtime.provider); // onnxruntime-node cpu
 * ```
 */
export const loadOnnxRuntime = async (load: () => Promise<unknown> = importHere): Promise<OnnxRuntime> => {
  const here: OnnxPackage = isNode() ? 'onnxruntime-node' : 'onnxruntime-web';
  const install = (name: OnnxPackage) => `npm install --ignore-scripts ${name}`;
  let loaded: RuntimeModule;
  try {
    const module = (await load()) as RuntimeModule & { readonly default?: RuntimeModule };
    loaded = module.InferenceSession === undefined && module.default !== undefined ? module.default : module;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    const bundled = isNode() ? '' : `, and pass it: loadOnnxRuntime(() => import('${WEB}'))`;
    throw new Error(`the native engine needs ${here}: ${install(here)}${bundled} (${reason})`, {
      cause: error,
    });
  }
  const { node, web, common } = loaded.env.versions;
  const name: OnnxPackage = web === undefined ? 'onnxruntime-node' : 'onnxruntime-web';
  const version = web ?? node ?? common;
  if (isOlder(version, OLDEST_RUNTIME)) {
    throw new Error(
      `the native engine needs ${name} ${OLDEST_RUNTIME} or newer, found ${version}: ${install(name)}@latest`,
    );
  }
  const provider = name === 'onnxruntime-web' ? 'wasm' : 'cpu';
  return {
    package: name,
    version,
    provider,
    createSession: (model, options) =>
      loaded.InferenceSession.create(model, { executionProviders: [provider], ...options }),
    createTensor: (type, data, shape) => new loaded.Tensor(type, data, shape),
  };
};
