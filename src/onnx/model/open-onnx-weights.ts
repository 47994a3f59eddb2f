import { readFile } from 'node:fs/promises';
import { fromBinary } from '@bufbuild/protobuf';
import { finiteWeights } from '../../encoders/transformer/index.js';
import { TYPE_NUMBERS } from '../graph/graph.js';
import { type GraphProto, ModelProtoSchema, type NodeProto, type TensorProto } from '../graph/onnx_pb.js';
import { isExternal, readExternalData } from './external-data.js';
import type { WeightsSource } from './weights-source.js';

/** A tensor of the file, as it is or turned: files hold the matrices of products the other way round. */
interface StoredWeight {
  readonly tensor: TensorProto;
  readonly isTransposed: boolean;
}

const shapeOf = ({ tensor, isTransposed }: StoredWeight): number[] => {
  const shape = tensor.dims.map(Number);
  return isTransposed ? shape.reverse() : shape;
};

const IS_QUANTIZED = /quantize|integer|nbits/i;

/** Matrices of narrower floats, by the numbers of onnx.proto. */
const NARROW: ReadonlyMap<number, string> = new Map([
  [10, 'float16'],
  [16, 'bfloat16'],
]);

/** `/encoder/layer.0/attention/self/query/MatMul` is of the module encoder.layer.0.attention.self.query. */
const moduleOf = ({ name, opType }: NodeProto): string | null => {
  const parts = name.split('/').filter((part) => part !== '');
  const last = parts.pop();
  return parts.length > 0 && last?.replace(/_\d+$/, '') === opType ? parts.join('.') : null;
};

/** Which tensor stands behind a name, also where it is passed on under another. */
const tensorsByName = ({ initializer, node }: GraphProto): Map<string, TensorProto> => {
  const tensors = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  for (const { opType, input, output } of node) {
    const tensor = opType === 'Identity' ? tensors.get(input[0]!) : undefined;
    if (tensor !== undefined) tensors.set(output[0]!, tensor);
  }
  return tensors;
};

/** The name of the bias that is added to a result, if one is. */
const addedBias = (
  users: ReadonlyMap<string, readonly NodeProto[]>,
  tensors: ReadonlyMap<string, TensorProto>,
  result: string,
): string | undefined =>
  (users.get(result) ?? [])
    .filter(({ opType }) => opType === 'Add')
    .flatMap(({ input }) => input)
    .find((name) => name.endsWith('.bias') && tensors.has(name));

/**
 * Matrices by the names of checkpoints: exporters keep the names of biases, norms and tables, but fold and rename what is
 * multiplied. Its name follows from that of the node that multiplies, or of the bias that is added to the product.
 */
const namedMatrices = (graph: GraphProto, tensors: ReadonlyMap<string, TensorProto>) => {
  const users = new Map<string, NodeProto[]>();
  for (const node of graph.node)
    for (const name of node.input) {
      const others = users.get(name);
      if (others === undefined) users.set(name, [node]);
      else others.push(node);
    }
  const found = new Map<string, StoredWeight>();
  for (const node of graph.node) {
    if (node.opType !== 'MatMul' && node.opType !== 'Gemm') continue;
    const tensor = tensors.get(node.input[1] ?? '');
    if (tensor?.dims.length !== 2) continue;
    const bias = node.opType === 'Gemm' ? node.input[2] : addedBias(users, tensors, node.output[0]!);
    const ofBias = bias?.endsWith('.bias') ? bias.slice(0, -'.bias'.length) : undefined;
    const module = ofBias ?? moduleOf(node);
    if (module === null || tensors.has(`${module}.weight`)) continue;
    const isTransposed = !node.attribute.some(({ name, i }) => name === 'transB' && i === 1n);
    found.set(`${module}.weight`, { tensor, isTransposed });
  }
  return found;
};

const valuesOf = async (path: string, tensor: TensorProto): Promise<Float32Array> => {
  const { rawData, floatData } = tensor;
  const bytes = isExternal(tensor) ? await readExternalData(path, tensor) : new Uint8Array(rawData);
  if (bytes.length === 0) return Float32Array.from(floatData);
  // What is no whole number of floats is refused by its count.
  return new Float32Array(bytes.buffer, 0, bytes.length >> 2);
};

const transposed = (data: Float32Array, rows: number): Float32Array => {
  const columns = data.length / rows;
  const turned = new Float32Array(data.length);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j]!;
  return turned;
};

/**
 * Opens an ONNX file as a checkpoint: its float32 tensors by the names that checkpoints give them.
 *
 * Tensors in files beside it (`model.onnx_data`) are read from there, one at a time.
 *
 * @param read The file's bytes, where they do not lie on a disk.
 * @throws Error naming the file when it is no ONNX file or is quantized, and the tensor whose data is missing.
 */
export const openOnnxWeights = async (path: string, read?: Uint8Array): Promise<WeightsSource> => {
  const bytes = read ?? (await readFile(path));
  let graph: GraphProto | undefined;
  try {
    ({ graph } = fromBinary(ModelProtoSchema, bytes));
  } catch (error) {
    throw new Error(`cannot read ${path}: not an ONNX file`, { cause: error });
  }
  if (graph === undefined) throw new Error(`cannot read ${path}: an ONNX file without a graph`);
  const quantized = graph.node.find(({ opType }) => IS_QUANTIZED.test(opType));
  if (quantized !== undefined) {
    throw new Error(
      `${path}: weights must be float32 to be trained, found the operator ${quantized.opType}; ` +
        'OnnxFileEncoder embeds with quantized files',
    );
  }
  const narrow = graph.initializer.find(({ dims, dataType }) => dims.length === 2 && NARROW.has(dataType));
  if (narrow !== undefined) {
    throw new Error(
      `${path}: weights must be float32 to be trained, found ${NARROW.get(narrow.dataType)} (${narrow.name}); ` +
        'OnnxFileEncoder embeds with such files',
    );
  }
  const tensors = tensorsByName(graph);
  const weights = new Map<string, StoredWeight>([
    ...[...tensors].map(([name, tensor]) => [name, { tensor, isTransposed: false }] as const),
    ...namedMatrices(graph, tensors),
  ]);
  for (const [name, { tensor }] of weights) {
    if (tensor.dataType !== TYPE_NUMBERS.float32) weights.delete(name);
  }
  return {
    path,
    names: new Set(weights.keys()),
    // A model that was exported as part of another: inner.encoder.layer.0 …
    allowsPrefix: true,
    shape: (name) => {
      const weight = weights.get(name);
      return weight === undefined ? undefined : shapeOf(weight);
    },
    read: async (name) => {
      const { tensor, isTransposed } = weights.get(name)!;
      const values = await valuesOf(path, tensor);
      const count = tensor.dims.reduce((product, size) => product * Number(size), 1);
      if (values.length !== count) {
        throw new Error(
          `${path}: ${name} must have shape [${tensor.dims.join(', ')}], found ${values.length} values`,
        );
      }
      finiteWeights(path, name, values);
      return isTransposed ? transposed(values, Number(tensor.dims[0])) : values;
    },
    close: async () => {},
  };
};
