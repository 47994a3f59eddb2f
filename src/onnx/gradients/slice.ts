import type { GradientRule } from './gradient-rule.js';

/** Zeros on both sides of the columns that were taken. */
export const sliceGradient: GradientRule = (graph, { inputs: [x, start, end] }, dy) => {
  const [from, to] = [start!, end!].map((bound) => graph.integersOf(bound)[0]!) as [number, number];
  const axis = x!.shape.length - 1;
  const pads = graph.integers([from, (x!.shape[axis] as number) - to]);
  return [graph.add('Pad', [dy, pads, graph.floats(0), graph.integers([axis])], x!.shape), null, null, null];
};
