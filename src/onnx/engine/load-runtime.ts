import type { InferenceSession, Tensor } from 'onnxruntime-node';
import type { DataType } from '../graph/graph.js';

/** What this package uses of ONNX Runtime. */
export interface OnnxRuntime {
  readonly version: string;
  readonly createSession: (
    /** The bytes of an ONNX file, or its path: what lies in files beside it is found only by the path. */
    model: Uint8Array | string,
    options: InferenceSession.SessionOptions,
  ) => Promise<InferenceSession>;
  readonly createTensor: (
    type: DataType,
    data: Float32Array | BigInt64Array | Int8Array,
    shape: readonly number[],
  ) => Tensor;
}

/** The first version whose operators the graphs are made of. */
export const OLDEST_RUNTIME = '1.20.0';

const INSTALL = 'npm install --ignore-scripts onnxruntime-node';

const isOlder = (version: string, other: string): boolean => {
  const parts = (text: string) => text.split(/[.-]/).slice(0, 3).map(Number);
  const [a, b] = [parts(version), parts(other)];
  const at = a.findIndex((part, i) => part !== b[i]);
  return at >= 0 && a[at]! < b[at]!;
};

interface RuntimeModule {
  readonly env: { readonly versions: { readonly node?: string; readonly common: string } };
  readonly InferenceSession: {
    create(model: Uint8Array | string, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: new (
    type: string,
    data: Float32Array | BigInt64Array | Int8Array,
    shape: readonly number[],
  ) => Tensor;
}

/**
 * Loads `onnxruntime-node`, an optional peer.
 *
 * @param load Where the module comes from. @defaultValue `import('onnxruntime-node')`
 * @throws Error with the install command when it is not there or older than {@link OLDEST_RUNTIME}.
 *
 * @example
 * ```ts
 * import { loadOnnxRuntime } from 'oasis-embed/onnx';
 *
 * const runtime = await loadOnnxRuntime();
 * if (!/^\d+\./.test(runtime.version)) throw new Error('a version starts with a number');
 * ```
 */
export const loadOnnxRuntime = async (
  load: () => Promise<unknown> = () => import('onnxruntime-node'),
): Promise<OnnxRuntime> => {
  let loaded: RuntimeModule;
  try {
    const module = (await load()) as RuntimeModule & { readonly default?: RuntimeModule };
    loaded = module.default ?? module;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new Error(`the native engine needs onnxruntime-node: ${INSTALL} (${reason})`, { cause: error });
  }
  const version = loaded.env.versions.node ?? loaded.env.versions.common;
  if (isOlder(version, OLDEST_RUNTIME)) {
    throw new Error(
      `the native engine needs onnxruntime-node ${OLDEST_RUNTIME} or newer, found ${version}: ${INSTALL}@latest`,
    );
  }
  return {
    version,
    createSession: (model, options) => loaded.InferenceSession.create(model, options),
    createTensor: (type, data, shape) => new loaded.Tensor(type, data, shape),
  };
};
