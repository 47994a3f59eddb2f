import { GraphBuilder } from '../graph/graph-builder.js';
import { gemm } from '../graph/operators.js';
import { hasCudaLibrary } from './cuda-library.js';
import { fallbackRuntime } from './fallback-runtime.js';
import { GraphSession } from './graph-session.js';
import { loadOnnxRuntime, type OnnxPackage, type OnnxRuntime, withProvider } from './load-runtime.js';

/** What ONNX Runtime can compute on, best first. */
export const DEVICES = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'] as const;

export type DeviceName = (typeof DEVICES)[number];

/** A device to ask for: the best that is known to pay, or one by its name. */
export type DeviceRequest = 'auto' | DeviceName;

/** How a device is asked for in each package. */
interface Device {
  /** ONNX Runtime's own name of it in a package; null where the package has none. */
  readonly providers: Readonly<Record<OnnxPackage, string | null>>;
  /** Why `auto` leaves it out; null where it takes it. */
  readonly byNameOnly: string | null;
}

const TABLE: Readonly<Record<DeviceName, Device>> = {
  cuda: { providers: { 'onnxruntime-node': 'cuda', 'onnxruntime-web': null }, byNameOnly: null },
  dml: {
    providers: { 'onnxruntime-node': 'dml', 'onnxruntime-web': null },
    byNameOnly: 'DirectML is taken by name only: it is not tested here',
  },
  coreml: {
    providers: { 'onnxruntime-node': 'coreml', 'onnxruntime-web': null },
    byNameOnly: 'Core ML is taken by name only: it may compute in 16 bits',
  },
  webgpu: {
    providers: { 'onnxruntime-node': 'webgpu', 'onnxruntime-web': 'webgpu' },
    byNameOnly: 'WebGPU is taken by name only: its device may be emulated on the processor',
  },
  cpu: { providers: { 'onnxruntime-node': 'cpu', 'onnxruntime-web': 'wasm' }, byNameOnly: null },
};

/** Which device was selected, and why none of the better ones was. */
export interface DeviceChoice {
  readonly name: DeviceName;
  /** ONNX Runtime as loaded, with sessions on that device. */
  readonly runtime: OnnxRuntime;
  readonly passedOver: readonly { readonly name: DeviceName; readonly reason: string }[];
  /** One line for people: the choice and the reasons. */
  readonly summary: string;
}

/** Multiplies two numbers on a device. @throws Where it is not there, or cannot. */
const tryDevice = async (runtime: OnnxRuntime): Promise<void> => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [1, 2]);
  const product = gemm(graph, x, x, { transB: true });
  const session = await GraphSession.create(runtime, graph.build([product]));
  try {
    const found = (await session.run(new Map([['x', Float32Array.of(3, 4)]]), {})).get(product.name)!;
    if (found[0] !== 25) throw new Error(`3 · 3 + 4 · 4 gave ${found[0]}`);
  } finally {
    await session.close();
  }
};

/**
 * Selects what ONNX Runtime computes on.
 *
 * The order is cuda, dml, coreml, webgpu, cpu. `'auto'` takes CUDA where it runs, and else the processor (in a browser:
 * WebAssembly); the others are taken by their names. A device is tried before it is taken, and one that was named is never
 * replaced by another.
 *
 * @param request `'auto'`, or one device.
 * @param runtime @defaultValue what {@link loadOnnxRuntime} loads
 * @throws Error with the reason when the named device is not there.
 * @throws {RangeError} When the name is unknown.
 *
 * @example
 * ```ts
 * import { selectDevice } from 'oasis-embed/onnx';
 *
 * const { name, summary } = await selectDevice('cpu');
 * if (!summary.startsWith('cpu')) throw new Error(summary);
 * console.log(name); // cpu
 * ```
 */
export const selectDevice = async (
  request: DeviceRequest = 'auto',
  runtime?: OnnxRuntime,
): Promise<DeviceChoice> => {
  if (request !== 'auto' && !DEVICES.includes(request)) {
    throw new RangeError(`device must be auto or one of ${DEVICES.join(', ')}, received ${request}`);
  }
  const loaded = runtime ?? (await loadOnnxRuntime());
  const passedOver: { name: DeviceName; reason: string }[] = [];
  for (const name of request === 'auto' ? DEVICES : [request]) {
    const { providers, byNameOnly } = TABLE[name];
    const provider = providers[loaded.package];
    const found = provider === null ? null : withProvider(loaded, provider);
    const isAbsent = provider === 'cuda' && request === 'auto' && !(await hasCudaLibrary());
    let reason =
      provider === null ? `${loaded.package} does not support it` : request === 'auto' ? byNameOnly : null;
    if (isAbsent) reason = `${loaded.package} is installed without its CUDA library`;
    if (found !== null && reason === null) {
      try {
        await tryDevice(found);
        const chosen = `${name} (${loaded.package} ${loaded.version})`;
        const summary = [chosen, ...passedOver.map((one) => `not ${one.name}: ${one.reason}`)].join('; ');
        return { name, runtime: found, passedOver, summary };
      } catch (error) {
        reason = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
      }
    }
    passedOver.push({ name, reason: reason! });
  }
  const reasons = passedOver.map(({ name, reason }) => `${name}: ${reason}`).join('; ');
  throw new Error(`device ${request}: ${request === 'auto' ? reasons : passedOver[0]!.reason}`);
};

/** The runtime that an encoder's options ask for. */
export const openRuntime = async ({
  device = 'cpu',
  runtime,
  onFallback,
}: {
  readonly device?: DeviceRequest | undefined;
  readonly runtime?: OnnxRuntime | undefined;
  readonly onFallback?: ((reason: Error) => void) | undefined;
}): Promise<OnnxRuntime> => {
  const loaded = runtime ?? (await loadOnnxRuntime());
  const opened = device === 'cpu' ? loaded : (await selectDevice(device, loaded)).runtime;
  const processor = TABLE.cpu.providers[opened.package]!;
  if (onFallback === undefined || opened.provider === processor) return opened;
  const without = loaded.provider === processor ? loaded : await loadOnnxRuntime();
  return fallbackRuntime(opened, without, onFallback);
};
