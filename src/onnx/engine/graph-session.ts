import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { formatModel } from '../graph/format-model.js';
import type { Graph, Value } from '../graph/graph.js';
import { type Sizes, sizedShape } from '../graph/sized-shape.js';
import { freeBuffer } from './free-buffer.js';
import type { OnnxRuntime } from './load-runtime.js';
import { formatUncopied, leavesUncopied, runUncopied } from './uncopied-outputs.js';

/** How many threads a session of ONNX Runtime runs on. */
export interface SessionOptions {
  /** Threads of one run. @defaultValue one for each core */
  readonly threads?: number | undefined;
  /** Whether memory is held for the next run. @defaultValue true */
  readonly arena?: boolean;
  /** Whether all outputs are large, so that their arrays are better made here than copied. @defaultValue false */
  readonly uncopied?: boolean;
  /** Outputs that stay on the device, where ONNX Runtime can leave them there: on WebGPU. @defaultValue none */
  readonly onDevice?: (output: string) => boolean;
}

type HostArray = Float32Array | BigInt64Array | Int8Array | Uint8Array;

/** Inputs of a graph by name: arrays of the host, or tensors of an earlier run. */
export type SessionFeeds = ReadonlyMap<string, Float32Array | BigInt64Array | Uint8Array | Tensor>;

/** Gives back the memory of a tensor that a run returned, on the device or on the host. */
export const freeTensor = (tensor: Tensor): void => {
  if (tensor.location === 'cpu') freeBuffer((tensor.data as Float32Array).buffer);
  else tensor.dispose();
};

/** A graph that ONNX Runtime has made ready. */
export class GraphSession {
  #isClosed = false;

  private constructor(
    private readonly runtime: OnnxRuntime,
    private readonly session: InferenceSession,
    private readonly graph: Graph,
    private readonly uncopied: boolean,
  ) {}

  static async create(
    runtime: OnnxRuntime,
    graph: Graph,
    { threads, arena = true, uncopied: asked = false, onDevice }: SessionOptions = {},
  ): Promise<GraphSession> {
    const uncopied = asked && (await leavesUncopied(runtime));
    const session = await runtime.createSession(uncopied ? formatUncopied(graph) : formatModel(graph), {
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // A plan of memory for every shape would be kept beside the arena: batches have many shapes.
      enableMemPattern: false,
      enableCpuMemArena: arena,
      // A thread that waits in a loop for the next operator takes the processor from the host's own part of a step.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(onDevice === undefined || runtime.provider !== 'webgpu' ? {} : preferredLocations(graph, onDevice)),
    });
    return new GraphSession(runtime, session, graph, uncopied);
  }

  /**
   * @param feeds Every input of the graph.
   * @param sizes The named dimensions.
   * @param targets Arrays that outputs are written to; others are allocated.
   * @returns The outputs by name.
   */
  async run(
    feeds: SessionFeeds,
    sizes: Sizes,
    targets: ReadonlyMap<string, Float32Array | Int8Array> = new Map(),
  ): Promise<Map<string, Float32Array | BigInt64Array>> {
    const writes = this.runtime.provider === 'cpu';
    const results = await this.#results(feeds, sizes, writes ? targets : new Map());
    return new Map(
      this.graph.outputs.map(({ name }) => {
        const { data } = results[name]!;
        const target = targets.get(name);
        if (target === undefined || this.uncopied) return [name, data as Float32Array | BigInt64Array];
        // Other devices, and WebAssembly, have memory of their own.
        if (!writes) (target as { set(from: unknown): void }).set(data);
        // What the runtime returns is a copy, even of what it wrote to the target.
        freeBuffer((data as Float32Array).buffer);
        return [name, target as Float32Array];
      }),
    );
  }

  /** As {@link GraphSession.run}, with outputs as tensors, on the device where they stay there. */
  async runOnDevice(feeds: SessionFeeds, sizes: Sizes): Promise<Map<string, Tensor>> {
    return new Map(Object.entries(await this.#results(feeds, sizes, new Map())));
  }

  async #results(
    feeds: SessionFeeds,
    sizes: Sizes,
    targets: ReadonlyMap<string, Float32Array | Int8Array>,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const tensor = ({ name, type, shape }: Value, data: HostArray): Tensor => {
      const dimensions = sizedShape(shape, sizes);
      const expected = dimensions.reduce((product, size) => product * size, 1);
      if (data.length !== expected) {
        throw new RangeError(
          `${name} must have shape [${dimensions.join(', ')}], received ${data.length} values`,
        );
      }
      return this.runtime.createTensor(type, data, dimensions);
    };
    const inputs: Record<string, Tensor> = {};
    for (const input of this.graph.inputs) {
      const data = feeds.get(input.name);
      if (data === undefined) throw new Error(`the graph needs a value for ${input.name}`);
      inputs[input.name] = ArrayBuffer.isView(data) ? tensor(input, data) : data;
    }
    const fetches: Record<string, Tensor | null> = {};
    if (this.uncopied) {
      const outputs = Object.fromEntries(
        this.graph.outputs.map((output) => {
          const target = targets.get(output.name) ?? emptyArray(output, sizes);
          return [output.name, tensor(output, target)];
        }),
      );
      await runUncopied(this.session, inputs, outputs);
      return outputs;
    }
    for (const output of this.graph.outputs) {
      const target = targets.get(output.name);
      fetches[output.name] = target === undefined ? null : tensor(output, target);
    }
    return this.session.run(inputs, fetches) as Promise<Readonly<Record<string, Tensor>>>;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.session.release();
  }
}

const emptyArray = ({ type, shape }: Value, sizes: Sizes): Float32Array | BigInt64Array => {
  const length = sizedShape(shape, sizes).reduce((product, size) => product * size, 1);
  return type === 'int64' ? new BigInt64Array(length) : new Float32Array(length);
};

const preferredLocations = ({ outputs }: Graph, onDevice: (output: string) => boolean) => ({
  preferredOutputLocation: Object.fromEntries(
    outputs.map(({ name }) => [name, onDevice(name) ? ('gpu-buffer' as const) : ('cpu' as const)]),
  ),
});
