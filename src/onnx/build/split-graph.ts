import type { Graph, GraphNode, Value } from '../graph/graph.js';
import { prunedGraph } from '../graph/graph.js';

/** A training graph cut in two: between the halves the loss of the whole batch is computed. */
export interface SplitGraph {
  /** From ids, mask and weights to the embeddings and what the other half needs. */
  readonly forward: Graph;
  /** From all that and the gradient of the embeddings to the gradients of the weights. */
  readonly backward: Graph;
  /** Outputs of the first half that are inputs of the second. */
  readonly kept: readonly Value[];
}

/**
 * Cuts a training graph where it first needs the gradient of the embeddings. Of what both halves need, floats are kept
 * and whole numbers (shapes, places) computed again.
 */
export const splitGraph = (graph: Graph): SplitGraph => {
  const gradient = graph.inputs.find(({ name }) => name === 'embeddings_gradient');
  if (gradient === undefined) throw new Error('a training graph must have the input embeddings_gradient');
  const late = new Set<Value>([gradient]);
  const backward: GraphNode[] = [];
  const early: GraphNode[] = [];
  for (const node of graph.nodes) {
    const isLate = node.inputs.some((value) => value !== null && late.has(value));
    (isLate ? backward : early).push(node);
    if (isLate) for (const output of node.outputs) late.add(output);
  }
  const producers = new Map(early.flatMap((node) => node.outputs.map((output) => [output, node] as const)));
  const again = new Set<GraphNode>();
  const kept = new Set<Value>();
  const need = (value: Value) => {
    const node = producers.get(value);
    if (node === undefined) return;
    if (value.type === 'float32') kept.add(value);
    else if (!again.has(node)) {
      again.add(node);
      for (const input of node.inputs) if (input !== null) need(input);
    }
  };
  const isFirst = (value: Value) => value.name === 'embeddings';
  const gradients = graph.outputs.filter((value) => !isFirst(value));
  for (const value of [...backward.flatMap(({ inputs }) => inputs), ...gradients])
    if (value !== null) need(value);
  const inputs = [...graph.inputs, ...kept];
  return {
    forward: prunedGraph({ ...graph, nodes: early, outputs: [...graph.outputs.filter(isFirst), ...kept] }),
    backward: prunedGraph({
      inputs,
      constants: graph.constants,
      nodes: [...early.filter((node) => again.has(node)), ...backward],
      outputs: gradients,
    }),
    kept: [...kept],
  };
};
