import { type Constant, type Graph, type GraphNode, TYPE_NUMBERS, type Value } from '../graph/graph.js';

/** int8 rows and the factor of each: row i is about scales[i] · rows[i]. */
interface Int8Rows {
  readonly rows: Int8Array;
  readonly scales: Float32Array;
}

const int8Rows = (data: Float32Array, count: number): Int8Rows => {
  const width = data.length / count;
  const rows = new Int8Array(data.length);
  const scales = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let largest = 0;
    for (let j = i * width; j < (i + 1) * width; j++) largest = Math.max(largest, Math.abs(data[j]!));
    const scale = Math.fround(largest / 127);
    scales[i] = scale === 0 ? 1 : scale;
    for (let j = i * width; j < (i + 1) * width; j++) {
      rows[j] = Math.max(-127, Math.min(127, Math.round(data[j]! / scales[i]!)));
    }
  }
  return { rows, scales };
};

const isGather = (node: GraphNode, value: Value): boolean =>
  node.operator === 'Gather' && node.inputs[0] === value && node.attributes.axis === 0;

/** The right side of a product, one row for each output. */
const isMap = ({ operator, inputs, attributes }: GraphNode, value: Value): boolean =>
  operator === 'Gemm' && inputs[1] === value && inputs[0] !== value && attributes.transB === 1;

/**
 * The same graph with its matrices and tables stored in int8, one factor a row, about a quarter of the bytes. What is
 * multiplied stays float32: the weights are widened where they are used, a table only in the rows that are looked up.
 */
export const withInt8Weights = (graph: Graph): Graph => {
  const users = new Map<Value, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const value of new Set(node.inputs)) {
      if (value === null) continue;
      const others = users.get(value);
      if (others === undefined) users.set(value, [node]);
      else others.push(node);
    }
  }
  const constants: Constant[] = [];
  const before: GraphNode[] = [];
  const replaced = new Map<Value, Value>();
  const lookUps = new Map<GraphNode, readonly GraphNode[]>();
  for (const constant of graph.constants) {
    const { value, data } = constant;
    const readers = users.get(value) ?? [];
    const isTable = readers.every((node) => isGather(node, value));
    const isWeight = value.type === 'float32' && value.shape.length === 2 && readers.length > 0;
    if (!isWeight || !(isTable || readers.every((node) => isMap(node, value)))) {
      constants.push(constant);
      continue;
    }
    const count = value.shape[0] as number;
    const { rows, scales } = int8Rows(data as Float32Array, count);
    const narrow: Value = { ...value, type: 'int8' };
    const factors: Value = {
      name: `${value.name}/scale`,
      type: 'float32',
      shape: isTable ? [count, 1] : [count],
    };
    constants.push({ value: narrow, data: rows }, { value: factors, data: scales });
    if (isTable) for (const node of readers) lookUps.set(node, lookUp(node, narrow, factors));
    else {
      const wide: Value = { ...value, name: `${value.name}/float32` };
      before.push({
        operator: 'DequantizeLinear',
        inputs: [narrow, factors],
        outputs: [wide],
        attributes: { axis: 0 },
      });
      replaced.set(value, wide);
    }
  }
  const nodes = graph.nodes.flatMap(
    (node) =>
      lookUps.get(node) ?? [
        {
          ...node,
          inputs: node.inputs.map((value) => (value === null ? null : (replaced.get(value) ?? value))),
        },
      ],
  );
  return { ...graph, constants, nodes: [...before, ...nodes] };
};

/** The rows that a node looks up, widened and multiplied by their factors. */
const lookUp = (node: GraphNode, table: Value, factors: Value): readonly GraphNode[] => {
  const indices = node.inputs[1]!;
  const output = node.outputs[0]!;
  const part = (name: string, type: Value['type'], shape = output.shape): Value => ({
    name: `${output.name}/${name}`,
    type,
    shape,
  });
  const narrow = part('int8', 'int8');
  const wide = part('float32', 'float32');
  const scale = part('scale', 'float32', [...indices.shape, 1]);
  return [
    { ...node, inputs: [table, indices], outputs: [narrow] },
    { operator: 'Cast', inputs: [narrow], outputs: [wide], attributes: { to: TYPE_NUMBERS.float32 } },
    { ...node, inputs: [factors, indices], outputs: [scale] },
    { operator: 'Mul', inputs: [wide, scale], outputs: [output], attributes: {} },
  ];
};
