import { type Graph, prunedGraph, type Value } from '../graph/graph.js';
import { reshape, transpose } from '../graph/operators.js';
import type { ModelDescription } from '../model/model-description.js';
import { hiddenStates } from './hidden-states.js';
import { ModelGraph } from './model-graph.js';
import { pooled } from './pooling.js';

const named = (graph: ModelGraph, value: Value, name: string): Value =>
  graph.alias(value, { ...value, name });

/**
 * A graph from token ids and mask to `embeddings` [batch, dimensions], or to `last_hidden_state` [batch, length, width] as
 * sentence-transformers and transformers.js expect it of model.onnx. Every weight is an input, by its name.
 */
export const inferenceGraph = (
  { transformer, head }: ModelDescription,
  output: 'embeddings' | 'last_hidden_state' = 'embeddings',
): Graph => {
  const graph = new ModelGraph();
  const hidden = hiddenStates(graph, transformer);
  if (output === 'embeddings')
    return prunedGraph(graph.build([named(graph, pooled(graph, hidden, head), output)]));
  const byPlace = reshape(graph, hidden, ['length', 'batch', transformer.width]);
  return prunedGraph(graph.build([named(graph, transpose(graph, byPlace, [1, 0, 2]), output)]));
};
