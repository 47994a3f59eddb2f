import { paddedIds, type TokenBucket, type TransformerTokens } from '../../encoders/transformer/index.js';
import type { Sizes } from '../graph/sized-shape.js';

/** The inputs of a graph for texts of one bucket. */
export interface TokenFeeds {
  readonly sizes: Sizes;
  readonly feeds: ReadonlyMap<string, Float32Array | BigInt64Array>;
}

export const tokenFeeds = (tokens: TransformerTokens, bucket: TokenBucket, paddingId: number): TokenFeeds => {
  const { lengths, length } = bucket;
  const ids = BigInt64Array.from(paddedIds(tokens, bucket, paddingId), BigInt);
  const mask = new BigInt64Array(ids.length);
  lengths.forEach((count, i) => {
    mask.fill(1n, i * length, i * length + count);
  });
  return {
    sizes: { batch: lengths.length, length },
    feeds: new Map([
      ['input_ids', ids],
      ['attention_mask', mask],
    ]),
  };
};
