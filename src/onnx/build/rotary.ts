import type { Value } from '../graph/graph.js';
import {
  add,
  concatColumns,
  div,
  gather,
  mul,
  negate,
  range,
  reshape,
  sliceColumns,
  sub,
} from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** The angle of each place and pair of features, as cosines and sines. */
export interface RotaryTables {
  /** [length, 1, 1, headSize] */
  readonly cosines: Value;
  readonly sines: Value;
}

/** Places of a fine table: place p is STEP · a + b. */
const STEP = 128;

/** [rows, width] of numbers that are part of the graph. */
const tableOf = (graph: ModelGraph, rows: readonly (readonly number[])[]): Value =>
  reshape(graph, graph.floats(rows.flat()), [rows.length, rows[0]!.length]);

/**
 * The sines and cosines come from tables of coarse and fine angles by the sum of two angles: those of GPUs are exact to 2⁻¹¹ alone.
 * Up to place 127 the tables hold what the models were trained with.
 */
export const rotaryTables = (
  graph: ModelGraph,
  base: number,
  headSize: number,
  maximumLength: number,
): RotaryTables => {
  const half = headSize / 2;
  const speeds = Array.from({ length: half }, (_, i) => Math.fround(base ** ((-2 * i) / headSize)));
  const angles = (count: number, step: number) =>
    Array.from({ length: count }, (_, n) => speeds.map((speed) => Math.fround(n * step * speed)));
  const places = range(graph, 'length');
  const coarsePlaces = div(graph, places, graph.integers(STEP));
  const finePlaces = sub(graph, places, mul(graph, coarsePlaces, graph.integers(STEP)));
  const rowsOf = (all: readonly (readonly number[])[], of: (x: number) => number, at: Value) => {
    const table = tableOf(
      graph,
      all.map((row) => row.map(of)),
    );
    return gather(graph, table, at);
  };
  const [fine, coarse] = [angles(STEP, 1), angles(Math.ceil(maximumLength / STEP), STEP)];
  const [fineCosines, fineSines] = [rowsOf(fine, Math.cos, finePlaces), rowsOf(fine, Math.sin, finePlaces)];
  const [cosines, sines] = [rowsOf(coarse, Math.cos, coarsePlaces), rowsOf(coarse, Math.sin, coarsePlaces)];
  const forBothHalves = (x: Value) =>
    reshape(graph, concatColumns(graph, [x, x]), ['length', 1, 1, headSize]);
  return {
    cosines: forBothHalves(sub(graph, mul(graph, cosines, fineCosines), mul(graph, sines, fineSines))),
    sines: forBothHalves(add(graph, mul(graph, sines, fineCosines), mul(graph, cosines, fineSines))),
  };
};

/** Turns each pair of features (i, i + headSize / 2) by the angle of its place: [length, batch, heads, headSize]. */
export const rotate = (graph: ModelGraph, x: Value, { cosines, sines }: RotaryTables): Value => {
  const size = x.shape[3] as number;
  const [low, high] = [sliceColumns(graph, x, 0, size / 2), sliceColumns(graph, x, size / 2, size)];
  const turned = concatColumns(graph, [negate(graph, high), low]);
  return add(graph, mul(graph, x, cosines), mul(graph, turned, sines));
};
