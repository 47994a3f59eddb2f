import type { ModelDescription } from '../../encoders/description/index.js';
import { type Graph, prunedGraph, type Value } from '../graph/graph.js';
import { reshape, transpose } from '../graph/operators.js';
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

/** A graph from token ids, mask and, where the model tells two texts apart, token_type_ids to `scores` [batch, 1]. */
export const pairScoreGraph = ({ transformer, head }: ModelDescription): Graph => {
  const graph = new ModelGraph({ pairs: (transformer.embeddings.tokenTypes?.rows ?? 1) > 1 });
  const scores = pooled(graph, hiddenStates(graph, transformer), head);
  return prunedGraph(graph.build([named(graph, scores, 'scores')]));
};
