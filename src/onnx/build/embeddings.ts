import type { EmbeddingsDescription, TableDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add, gather, mul, range, reshape, scale, transpose } from '../graph/operators.js';
import { type ModelGraph, ROWS } from './model-graph.js';
import { norm } from './norm.js';

const rowsOf = (graph: ModelGraph, { weight, rows, width }: TableDescription, indices: Value): Value =>
  gather(graph, graph.weight(weight, [rows, width]), indices);

/** As RoBERTa counts: tokens that are not the padding id, in the order of the text. [batch, length] */
const placesWithoutPadding = (graph: ModelGraph, paddingId: number): Value => {
  const { ids } = graph;
  const integer = { type: 'int64' } as const;
  const isPadding = graph.add('Equal', [ids, graph.integers(paddingId)], ids.shape, {}, { type: 'bool' });
  const counted = graph.add(
    'Where',
    [isPadding, graph.integers(0), graph.integers(1)],
    ids.shape,
    {},
    integer,
  );
  const count = graph.add('CumSum', [counted, graph.integers(1)], ids.shape, {}, integer);
  return add(graph, mul(graph, count, counted), graph.integers(paddingId));
};

/** What the position table adds: [rows, width], or [length, 1, width] where all texts have the same. */
const positionRows = (graph: ModelGraph, { positions }: EmbeddingsDescription): Value | null => {
  if (positions.kind === 'none') return null;
  if (positions.kind === 'absolute') {
    const rows = rowsOf(graph, positions.table, range(graph, 'length'));
    return reshape(graph, rows, ['length', 1, positions.table.width]);
  }
  const places = transpose(graph, placesWithoutPadding(graph, positions.paddingId), [1, 0]);
  return reshape(graph, rowsOf(graph, positions.table, reshape(graph, places, [ROWS])), [
    'length',
    'batch',
    positions.table.width,
  ]);
};

/** [rows, width], the vectors of the tokens that the first layer sees. */
export const embeddings = (graph: ModelGraph, description: EmbeddingsDescription): Value => {
  const { words, tokenTypes } = description;
  const ids = reshape(graph, transpose(graph, graph.ids, [1, 0]), [ROWS]);
  let sum = scale(graph, rowsOf(graph, words, ids), description.scale);
  let places = positionRows(graph, description);
  if (tokenTypes !== null && graph.types !== null) {
    const types = reshape(graph, transpose(graph, graph.types, [1, 0]), [ROWS]);
    sum = add(graph, sum, rowsOf(graph, tokenTypes, types));
  } else if (tokenTypes !== null) {
    const first = rowsOf(graph, tokenTypes, graph.integers([0]));
    if (places === null) sum = add(graph, sum, first);
    else places = add(graph, places, first);
  }
  if (places !== null) {
    const byPlace = reshape(graph, sum, ['length', 'batch', words.width]);
    sum = reshape(graph, add(graph, byPlace, places), [ROWS, words.width]);
  }
  return norm(graph, sum, description.norm);
};
