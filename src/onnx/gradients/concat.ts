import { sliceColumns } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

/** Along the last axis: each part's columns. */
export const concatGradient: GradientRule = (graph, { inputs }, dy, wanted) => {
  let from = 0;
  return inputs.map((part, i) => {
    const to = from + (part!.shape[part!.shape.length - 1] as number);
    const columns = wanted[i] ? sliceColumns(graph, dy, from, to) : null;
    from = to;
    return columns;
  });
};
