import { create, toBinary } from '@bufbuild/protobuf';
import {
  type Attribute,
  type Constant,
  type Graph,
  type GraphNode,
  TYPE_NUMBERS,
  type Value,
} from './graph.js';
import {
  AttributeProto_AttributeType as AttributeType,
  type ModelProto,
  ModelProtoSchema,
} from './onnx_pb.js';

/** The version of ONNX's operators: the first with Gelu. */
const OPERATORS = 20n;
const IR_VERSION = 10n;

const attribute = (name: string, value: Attribute) => {
  if (typeof value === 'number') return { name, type: AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') {
    return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if ('float' in value) return { name, type: AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeType.INTS, ints: value.map(BigInt) };
};

const nodeMessage = ({ operator, domain, inputs, outputs, attributes }: GraphNode) => ({
  opType: operator,
  domain: domain ?? '',
  input: inputs.map((value) => value?.name ?? ''),
  output: outputs.map(({ name }) => name),
  attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
});

const valueMessage = ({ name, type, shape }: Value) => ({
  name,
  type: {
    tensorType: {
      elemType: TYPE_NUMBERS[type],
      shape: {
        dim: shape.map((size) => ({
          value:
            typeof size === 'number'
              ? { case: 'dimValue' as const, value: BigInt(size) }
              : { case: 'dimParam' as const, value: size },
        })),
      },
    },
  },
});

const constantMessage = ({ value, data }: Constant) => ({
  name: value.name,
  dataType: TYPE_NUMBERS[value.type],
  dims: value.shape.map((size) => BigInt(size)),
  rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
});

/** A graph as the message of an ONNX file. */
export const modelMessage = ({ inputs, outputs, constants, nodes }: Graph): ModelProto =>
  create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'oasis-embed',
    opsetImport: [
      { domain: '', version: OPERATORS },
      { domain: 'com.microsoft', version: 1n },
    ],
    graph: {
      name: 'oasis-embed',
      node: nodes.map(nodeMessage),
      initializer: constants.map(constantMessage),
      input: inputs.map(valueMessage),
      output: outputs.map(valueMessage),
    },
  });

/**
 * A graph as the bytes of an ONNX file.
 *
 * @throws {RangeError} When constants are more than the 2 GiB that one message holds.
 *
 * @example
 * ```ts
 * import { describeTransformer } from 'oasis-embed/encoders';
 * import { formatModel, inferenceGraph } from 'oasis-embed/onnx';
 *
 * const transformer = describeTransformer({ model_type: 'mpnet', num_hidden_layers: 1 }, 'config.json');
 * const head = { pooling: 'mean', dense: [], normalize: true } as const;
 * const bytes = formatModel(inferenceGraph({ transformer, head, prompts: { query: '', document: '' } }));
 * if (bytes.length < 1000) throw new Error('a graph has many nodes');
 * ```
 */
export const formatModel = (graph: Graph): Uint8Array => {
  const bytes = graph.constants.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes >= 2 ** 31) {
    throw new RangeError(`an ONNX file must hold less than 2 GiB of weights, received ${bytes} bytes`);
  }
  return toBinary(ModelProtoSchema, modelMessage(graph));
};
