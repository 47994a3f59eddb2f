import type { GraphNode, Value } from '../graph/graph.js';
import type { GraphBuilder } from '../graph/graph-builder.js';

/**
 * Adds the nodes of an operator's gradient.
 *
 * @param outputGradient That of the first output: the others have none.
 * @param wanted Whether the gradient of an input is asked for.
 * @returns One for each input; null where there is none, or none is wanted.
 */
export type GradientRule = (
  graph: GraphBuilder,
  node: GraphNode,
  outputGradient: Value,
  wanted: readonly boolean[],
) => readonly (Value | null)[];

/** The rows of a table that have a gradient, each with its place; a place may occur more than once. */
export interface RowGradients {
  readonly indices: Value;
  readonly rows: Value;
}
