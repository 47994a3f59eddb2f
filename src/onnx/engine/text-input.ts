import type { TextRole } from '../../encoders/index.js';
import type { TextFolder } from '../../encoders/transformer/index.js';
import { lengthBuckets, type TokenBucket, type TransformerTokens } from '../../encoders/transformer/index.js';
import type { DenseMatrix } from '../../numerics/index.js';
import type { OnnxEncoderOptions } from './encoder-options.js';
import { type TokenFeeds, tokenFeeds } from './token-feeds.js';

/** What a model says of its input. */
export interface InputLimits {
  /** Tokens of the longest text, where no option says otherwise. */
  readonly maximumLength: number;
  /** Tokens that the model has positions for; infinity where nothing says it. */
  readonly positions: number;
  readonly paddingId: number;
}

/** @throws {RangeError} When there is no room for a token beside the special ones, or the model has no positions for so many. */
export const checkMaximumLength = (length: number, specialTokens: number, positions: number): void => {
  if (length > specialTokens && length <= positions) return;
  throw new RangeError(
    `maximumLength must be above ${specialTokens}, the special tokens, and at most ${positions}, received ${length}`,
  );
};

/** The way from texts to passes through a model and back to their rows: the same for every encoder on ONNX Runtime. */
export class TextInput {
  /** @throws {RangeError} When texts may have no token but special ones, or more than the model has positions for. */
  constructor(
    private readonly folder: Pick<TextFolder, 'tokenizer' | 'settings'>,
    private readonly options: OnnxEncoderOptions,
    private readonly limits: InputLimits,
  ) {
    checkMaximumLength(this.maximumLength, folder.tokenizer.specialTokens, limits.positions);
  }

  get maximumLength(): number {
    return this.options.maximumLength ?? this.limits.maximumLength;
  }

  get tokensPerPass(): number {
    return this.options.tokensPerPass ?? 4096;
  }

  prompt(role: TextRole): string {
    const { queryPrompt, documentPrompt } = this.options;
    const { settings } = this.folder;
    return role === 'query'
      ? (queryPrompt ?? settings.queryPrompt)
      : (documentPrompt ?? settings.documentPrompt);
  }

  /** Token ids with the role's prompt and the special tokens, cut to the maximum length. */
  tokenize(texts: readonly string[], role: TextRole): TransformerTokens {
    const { tokenizer } = this.folder;
    const prompt = this.prompt(role);
    const shown = prompt === '' ? texts : texts.map((text) => prompt + text);
    return tokenizer.encode(shown, { maximumLength: this.maximumLength, overlong: tokenizer.cut });
  }

  /** Texts of similar length, as many as go through the model together, and no more than `mostTexts`. */
  buckets(tokens: TransformerTokens, mostTexts = Number.POSITIVE_INFINITY): TokenBucket[] {
    if (tokens.length === 0) return [];
    const most = (length: number) =>
      Math.max(1, Math.min(mostTexts, Math.floor(this.tokensPerPass / length)));
    const { positions } = this.limits;
    return lengthBuckets(tokens, Number.isFinite(positions) ? positions : this.maximumLength, most);
  }

  feeds(tokens: TransformerTokens, bucket: TokenBucket): TokenFeeds {
    return tokenFeeds(tokens, bucket, this.limits.paddingId);
  }

  /**
   * [N, columns], in the order of the texts.
   *
   * @param pass The rows of one pass.
   */
  async embed(
    tokens: TransformerTokens,
    columns: number,
    pass: (feeds: TokenFeeds) => Promise<Float32Array>,
    signal?: AbortSignal,
  ): Promise<DenseMatrix> {
    const data = new Float32Array(tokens.length * columns);
    for (const bucket of this.buckets(tokens)) {
      signal?.throwIfAborted();
      const rows = await pass(this.feeds(tokens, bucket));
      bucket.rows.forEach((row, i) => {
        data.set(rows.subarray(i * columns, (i + 1) * columns), row * columns);
      });
    }
    return { data, rows: tokens.length, columns };
  }
}
