import type { DenseMatrix } from '../numerics/index.js';
import type { Encoder, TextRole, TokenizedTexts } from './encoder.js';

export interface EncodeTextsOptions {
  /** Texts a device call. @defaultValue 256 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** As {@link encodeTexts}, for texts that are tokenized already. */
export const encodeTokens = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  tokens: Tokens,
  role: TextRole,
  { batchSize = 256, signal }: EncodeTextsOptions = {},
): Promise<DenseMatrix> => {
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`batchSize must be a whole number above 0, received ${batchSize}`);
  }
  const columns = encoder.dimensions;
  const data = new Float32Array(tokens.length * columns);
  for (let start = 0; start < tokens.length; start += batchSize) {
    signal?.throwIfAborted();
    const size = Math.min(batchSize, tokens.length - start);
    const rows = Uint32Array.from({ length: size }, (_, i) => start + i);
    const vectors = encoder.encode(encoder.select(tokens, rows), role);
    try {
      data.set(await vectors.data(), start * columns);
    } finally {
      vectors.dispose();
    }
  }
  return { data, rows: tokens.length, columns };
};

/**
 * Embeds any number of texts in batches.
 *
 * @param texts [N]; none gives a matrix of no rows.
 * @param role Which side of the search the texts stand on.
 * @returns [N, D], row i for `texts[i]`, of unit length.
 *
 * Memory: the result and one batch on the device.
 *
 * @example
 * ```ts
 * import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';
 * const texts = ['function add(a, b) { return a + b; }', 'function last(list) { return list.at(-1); }'];
 * const encoder = SubtokenBagEncoder.fit({ queries: [], documents: texts }, { dimensions: 64 });
 * const vectors = await encodeTexts(encoder, texts, 'document');
 * console.log(vectors.rows, vectors.columns); // 2 64
 * ```
 */
export const encodeTexts = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  texts: readonly string[],
  role: TextRole,
  options: EncodeTextsOptions = {},
): Promise<DenseMatrix> => encodeTokens(encoder, encoder.tokenize(texts, role), role, options);
