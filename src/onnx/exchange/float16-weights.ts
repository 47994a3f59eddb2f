import { float16Bits } from '../../numerics/index.js';
import { type Constant, type Graph, type GraphNode, TYPE_NUMBERS, type Value } from '../graph/graph.js';

/** The largest float16. */
const LARGEST = 65_504;

const isReduced = ({ value, data }: Constant): boolean =>
  value.type === 'float32' && value.shape.length > 0 && data.every((x) => Math.abs(Number(x)) <= LARGEST);

/**
 * The same graph with its weights stored in float16 and cast to float32 where they are used: half the bytes, computed as
 * before. A weight that float16 cannot hold stays as it is.
 */
export const withFloat16Weights = (graph: Graph): Graph => {
  const casts: GraphNode[] = [];
  const wide = new Map<Value, Value>();
  const constants = graph.constants.map((constant): Constant => {
    if (!isReduced(constant)) return constant;
    const { value, data } = constant;
    const narrow: Value = { ...value, type: 'float16' };
    const output: Value = { ...value, name: `${value.name}/float32` };
    casts.push({
      operator: 'Cast',
      inputs: [narrow],
      outputs: [output],
      attributes: { to: TYPE_NUMBERS.float32 },
    });
    wide.set(value, output);
    return { value: narrow, data: Uint16Array.from(data as Float32Array, float16Bits) };
  });
  const nodes = graph.nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((value) => (value === null ? null : (wide.get(value) ?? value))),
  }));
  return { ...graph, constants, nodes: [...casts, ...nodes] };
};
