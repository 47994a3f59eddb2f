import { transpose } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

export const transposeGradient: GradientRule = (graph, { attributes }, dy) => {
  const perm = attributes.perm as readonly number[];
  return [
    transpose(
      graph,
      dy,
      perm.map((_, axis) => perm.indexOf(axis)),
    ),
  ];
};
