import type { HeadDescription } from '../../encoders/description/index.js';
import type { Graph } from '../graph/graph.js';
import { prunedGraph } from '../graph/graph.js';
import { reshape, transpose } from '../graph/operators.js';
import { ModelGraph, ROWS } from './model-graph.js';
import { pooled } from './pooling.js';

/** A graph from `last_hidden_state` [batch, length, width], ids and mask to `embeddings` [batch, dimensions]. */
export const headGraph = (width: number, head: HeadDescription): Graph => {
  const graph = new ModelGraph();
  const hidden = graph.input('last_hidden_state', 'float32', ['batch', 'length', width]);
  const rows = reshape(graph, transpose(graph, hidden, [1, 0, 2]), [ROWS, width]);
  const vectors = pooled(graph, rows, head);
  return prunedGraph(graph.build([graph.alias(vectors, { ...vectors, name: 'embeddings' })]));
};
