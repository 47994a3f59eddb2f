import type { DenseMatrix, TextList } from '../../numerics/index.js';
import type { VectorSource } from '../adapter/adapter-encoder.js';
import type { TextTokenizer } from '../transformer/text-tokenizer.js';
import { principalCoordinates } from './principal-axes.js';

/** Tokens that go to the model at a time. */
const BATCH = 1024;

export interface TokenVectorOptions {
  readonly dimensions: number;
  /** a of the frequency weight a / (a + p). */
  readonly smoothing: number;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** How often each token occurs in some texts, as shares of all tokens. */
const frequencies = (texts: TextList, tokenizer: TextTokenizer, size: number): Float64Array => {
  const counts = new Float64Array(size);
  let total = 0;
  for (const text of texts) {
    for (const id of tokenizer.ids(text)) {
      counts[id]!++;
      total++;
    }
  }
  return total === 0 ? counts : counts.map((count) => count / total);
};

/**
 * A vector for every token of a vocabulary: what a model says of the token alone, in its first principal axes, times
 * a / (a + p), p the token's share of some texts.
 *
 * Special tokens get the zero vector.
 *
 * @see Arora et al., "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017, for the weights
 * @see model2vec, which distils models this way
 */
export const tokenVectors = async (
  model: VectorSource,
  tokenizer: TextTokenizer,
  texts: TextList,
  { dimensions, smoothing, onProgress, signal }: TokenVectorOptions,
): Promise<DenseMatrix> => {
  const size = tokenizer.largestId + 1;
  const spelled = tokenizer.spelledTokens();
  const ids = [...spelled.keys()];
  let vectors: DenseMatrix | null = null;
  for (let start = 0; start < ids.length; start += BATCH) {
    signal?.throwIfAborted();
    const batch = ids.slice(start, start + BATCH).map((id) => spelled.get(id)!);
    const part = await model.embed(batch, {
      role: 'document',
      ...(signal === undefined ? {} : { signal }),
    });
    if (part.rows !== batch.length || (vectors !== null && part.columns !== vectors.columns)) {
      throw new TypeError(
        `${model.name} must return ${batch.length} rows of one length, received [${part.rows}, ${part.columns}]`,
      );
    }
    vectors ??= {
      data: new Float32Array(ids.length * part.columns),
      rows: ids.length,
      columns: part.columns,
    };
    vectors.data.set(part.data, start * part.columns);
    onProgress(Math.min(start + BATCH, ids.length), ids.length);
  }
  if (vectors === null) throw new RangeError('the tokenizer must have tokens, received none');
  const { data, columns } = principalCoordinates(vectors, dimensions);
  const shares = frequencies(texts, tokenizer, size);
  const table = new Float32Array(size * columns);
  ids.forEach((id, row) => {
    const weight = smoothing / (smoothing + shares[id]!);
    for (let i = 0; i < columns; i++) table[id * columns + i] = weight * data[row * columns + i]!;
  });
  return { data: table, rows: size, columns };
};
