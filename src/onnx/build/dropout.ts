import type { DropoutDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { scale } from '../graph/operators.js';
import type { ModelGraph } from './model-graph.js';

/** How much is dropped: the rate of every place that the architecture has, or what its config says of each. */
export type DropoutRate = number | 'config';

/**
 * x / (1 − rate) where the mask shows, 0 elsewhere. The mask is an input of the graph: the way there and the way back, and
 * whatever is computed again, see the same one.
 *
 * @param at Names the mask.
 */
export const dropout = (graph: ModelGraph, x: Value, place: keyof DropoutDescription, at: string): Value => {
  const rate = graph.dropoutRate(place);
  if (rate === 0) return x;
  const mask = graph.dropoutMask(`dropout/${at}/${place}`, x.shape, rate);
  const kept = scale(graph, x, 1 / (1 - rate));
  return graph.add('Where', [mask, kept, graph.floats(0)], x.shape);
};
