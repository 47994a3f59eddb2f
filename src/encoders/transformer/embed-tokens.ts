import * as tf from '@tensorflow/tfjs';
import { gatherRows } from '../../numerics/tensors/index.js';
import type { EmbeddingsDescription, PositionsDescription } from '../description/index.js';
import { addRow } from './linear.js';
import { normalize } from './normalize.js';
import type { Parameters } from './parameters.js';

/** Padded texts of one length. */
export interface PaddedTexts {
  /** [B · T] */
  readonly ids: Int32Array;
  /** [B], tokens without padding, which stands behind them. */
  readonly lengths: Uint32Array;
  readonly length: number;
}

/** The table's first row that all texts count on from, or the row of each token where they do not. */
const placesOf = (
  { ids, lengths, length }: PaddedTexts,
  positions: Exclude<PositionsDescription, { kind: 'none' }>,
): number | Int32Array => {
  if (positions.kind === 'absolute') return 0;
  const { paddingId } = positions;
  const rows = new Int32Array(ids.length).fill(paddingId);
  let plain = true;
  lengths.forEach((count, text) => {
    // RoBERTa gives the padding id in the midst of a text no position of its own.
    let position = paddingId + 1;
    for (let t = text * length; t < text * length + count; t++) {
      if (ids[t] === paddingId) plain = false;
      else rows[t] = position++;
    }
  });
  return plain ? paddingId + 1 : rows;
};

/** The same row added to every token. */
const addToAll = (x: tf.Tensor2D, row: tf.Tensor2D | null): tf.Tensor2D =>
  row === null ? x : addRow(x, tf.reshape(row, [x.shape[1]]) as tf.Tensor1D);

/** The vectors of the tokens that the first layer sees: [B · T, width]. */
export const embedTokens = (
  texts: PaddedTexts,
  { words, positions, tokenTypes, norm, scale }: EmbeddingsDescription,
  parameters: Parameters,
): tf.Tensor2D => {
  const { ids, lengths, length } = texts;
  const { width } = words;
  const rows = gatherRows(parameters.get<tf.Tensor2D>(words.weight), ids);
  const scaled: tf.Tensor2D = scale === 1 ? rows : tf.mul(rows, scale);
  // Every text is the first of its pair.
  const type =
    tokenTypes === null ? null : tf.slice(parameters.get<tf.Tensor2D>(tokenTypes.weight), [0, 0], [1, width]);
  if (positions.kind === 'none') return normalize(addToAll(scaled, type), null, norm, parameters);
  const table = parameters.get<tf.Tensor2D>(positions.table.weight);
  const places = placesOf(texts, positions);
  if (typeof places !== 'number') {
    return normalize(addToAll(scaled, type), gatherRows(table, places), norm, parameters);
  }
  const own = tf.slice(table, [places, 0], [length, width]);
  const place: tf.Tensor = type === null ? own : tf.add(own, type);
  const row = tf.reshape(place, [length * width]) as tf.Tensor1D;
  const byText = tf.reshape(scaled, [lengths.length, length * width]) as tf.Tensor2D;
  return normalize(tf.reshape(addRow(byText, row), [lengths.length * length, width]), null, norm, parameters);
};
