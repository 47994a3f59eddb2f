import type { Value } from '../graph/graph.js';
import { add, cast, concatColumns, mul, negate, range, reshape, sliceColumns } from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** The angle of each place and pair of features, as cosines and sines. */
export interface RotaryTables {
  /** [length, 1, 1, headSize] */
  readonly cosines: Value;
  readonly sines: Value;
}

export const rotaryTables = (graph: ModelGraph, base: number, headSize: number): RotaryTables => {
  const half = headSize / 2;
  const speeds = Array.from({ length: half }, (_, i) => base ** ((-2 * i) / headSize));
  const places = reshape(graph, cast(graph, range(graph, 'length'), 'float32'), ['length', 1, 1, 1]);
  const angles = mul(graph, places, graph.floats(speeds));
  const both = concatColumns(graph, [angles, angles]);
  return { cosines: graph.add('Cos', [both], both.shape), sines: graph.add('Sin', [both], both.shape) };
};

/** Turns each pair of features (i, i + headSize / 2) by the angle of its place: [length, batch, heads, headSize]. */
export const rotate = (graph: ModelGraph, x: Value, { cosines, sines }: RotaryTables): Value => {
  const size = x.shape[3] as number;
  const [low, high] = [sliceColumns(graph, x, 0, size / 2), sliceColumns(graph, x, size / 2, size)];
  const turned = concatColumns(graph, [negate(graph, high), low]);
  return add(graph, mul(graph, x, cosines), mul(graph, turned, sines));
};
