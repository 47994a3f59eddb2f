import { create, toBinary } from '@bufbuild/protobuf';
import { modelMessage } from '../graph/format-model.js';
import type { Graph } from '../graph/graph.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { ModelProtoSchema, NodeProtoSchema, ValueInfoProtoSchema } from '../graph/onnx_pb.js';
import { add } from '../graph/operators.js';
import type { OnnxRuntime } from './load-runtime.js';

/** An output that is no tensor. */
const SEQUENCE = 'no-tensor';
const REFUSAL = 'Non tensor type';

/**
 * The file of a graph whose runs return nothing.
 *
 * onnxruntime-node 1.30 returns a copy of every output, also of those that a run has written to arrays of the caller: of a
 * training step at MiniLM's shape that is half a gigabyte, a twentieth of its time. It makes the copies when all is computed, output by
 * output, and refuses values that are no tensors. So an empty sequence comes first: the arrays are written, and no copy is made.
 */
export const formatUncopied = (graph: Graph): Uint8Array => {
  const message = modelMessage(graph);
  message.graph!.node.push(create(NodeProtoSchema, { opType: 'SequenceEmpty', output: [SEQUENCE] }));
  message.graph!.output.unshift(create(ValueInfoProtoSchema, { name: SEQUENCE }));
  return toBinary(ModelProtoSchema, message);
};

interface Runnable<Value> {
  run(
    inputs: Readonly<Record<string, Value>>,
    outputs: Readonly<Record<string, Value | null>>,
  ): Promise<unknown>;
}

/**
 * Runs a graph of {@link formatUncopied}.
 *
 * @param outputs All of the graph's own outputs, as tensors over the arrays that they are written to.
 */
export const runUncopied = async <Value>(
  session: Runnable<Value>,
  inputs: Readonly<Record<string, Value>>,
  outputs: Readonly<Record<string, Value>>,
): Promise<void> => {
  try {
    await session.run(inputs, { [SEQUENCE]: null, ...outputs });
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
};

const isRefusal = (error: unknown): boolean => error instanceof Error && error.message.includes(REFUSAL);

const known = new WeakMap<OnnxRuntime, Promise<boolean>>();

/** Whether a runtime writes outputs before it refuses the sequence. Tried once: a version that behaves otherwise runs as usual. */
export const leavesUncopied = (runtime: OnnxRuntime): Promise<boolean> => {
  if (runtime.package !== 'onnxruntime-node' || runtime.provider !== 'cpu') return Promise.resolve(false);
  const answer = known.get(runtime) ?? tryUncopied(runtime);
  known.set(runtime, answer);
  return answer;
};

const tryUncopied = async (runtime: OnnxRuntime): Promise<boolean> => {
  const graph = new GraphBuilder();
  const x = graph.input('x', 'float32', [2]);
  const sum = add(graph, x, x);
  const target = new Float32Array(2);
  const session = await runtime
    .createSession(formatUncopied(graph.build([sum])), { logSeverityLevel: 4 })
    .catch(() => null);
  if (session === null) return false;
  try {
    const inputs = { x: runtime.createTensor('float32', Float32Array.of(1, 2), [2]) };
    const outputs = { [sum.name]: runtime.createTensor('float32', target, [2]), [SEQUENCE]: null };
    return await session.run(inputs, outputs).then(
      () => false,
      (error) => isRefusal(error) && target[0] === 2 && target[1] === 4,
    );
  } finally {
    await session.release();
  }
};
