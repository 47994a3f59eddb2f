/** What a tensor holds. */
export type DataType = 'float32' | 'float16' | 'int8' | 'int64' | 'bool';

/** What ONNX calls the types. */
export const TYPE_NUMBERS: Readonly<Record<DataType, number>> = {
  float32: 1,
  int8: 3,
  int64: 7,
  bool: 9,
  float16: 10,
};

/** A number, or the name of one that is known when the graph runs, such as `batch`. */
export type Dimension = number | string;

/** A tensor of a graph. */
export interface Value {
  readonly name: string;
  readonly type: DataType;
  readonly shape: readonly Dimension[];
}

/** An attribute of a node: whole number, float, text, or whole numbers. */
export type Attribute = number | { readonly float: number } | string | readonly number[];

export interface GraphNode {
  readonly operator: string;
  /** Absent for the operators of ONNX itself; `com.microsoft` for those of ONNX Runtime. */
  readonly domain?: 'com.microsoft';
  /** Null where an optional input is left out. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor that is part of the graph. */
export interface Constant {
  readonly value: Value;
  /** Float16 as the bits of its numbers. */
  readonly data: Float32Array | Uint16Array | Int8Array | BigInt64Array;
}

/** Operators in the order they run. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly GraphNode[];
}

export const sameShape = (a: readonly Dimension[], b: readonly Dimension[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/** The nodes and constants that the outputs need, the others left out. */
export const prunedGraph = ({ inputs, outputs, constants, nodes }: Graph): Graph => {
  const needed = new Set(outputs);
  const kept: GraphNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((value) => needed.has(value))) continue;
    kept.push({
      ...node,
      outputs: node.outputs.slice(0, node.outputs.findLastIndex((value) => needed.has(value)) + 1),
    });
    for (const value of node.inputs) if (value !== null) needed.add(value);
  }
  return {
    inputs: inputs.filter((value) => needed.has(value)),
    outputs,
    constants: constants.filter(({ value }) => needed.has(value)),
    nodes: kept.reverse(),
  };
};

/** The same graph with some of its inputs as part of it: an ONNX file that needs no weights beside it. */
export const withConstants = (graph: Graph, values: ReadonlyMap<string, Float32Array>): Graph => ({
  ...graph,
  inputs: graph.inputs.filter(({ name }) => !values.has(name)),
  constants: [
    ...graph.constants,
    ...graph.inputs.flatMap((value) => {
      const data = values.get(value.name);
      return data === undefined ? [] : [{ value, data }];
    }),
  ],
});
