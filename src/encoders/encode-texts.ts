import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames } from '../numerics/index.js';
import type { Encoder, TextRole, TokenizedTexts } from './encoder.js';

/** How many texts are encoded at a time, and when to stop. */
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
  options: EncodeTextsOptions = {},
): Promise<DenseMatrix> => {
  checkOptions('encodeTokens', options, ENCODE_TEXTS_OPTIONS);
  const { batchSize = 256, signal } = options;
  checkPositiveInteger('batchSize', batchSize);
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

const ENCODE_TEXTS_OPTIONS: OptionNames<EncodeTextsOptions> = { batchSize: true, signal: true };

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
): Promise<DenseMatrix> => {
  checkOptions('encodeTexts', options, ENCODE_TEXTS_OPTIONS);
  return encodeTokens(encoder, encoder.tokenize(texts, role), role, options);
};
