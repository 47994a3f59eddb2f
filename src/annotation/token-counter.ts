/** Counts the tokens of a text as a model would. */
export interface TokenCounter {
  /** Names the tokenizer in estimates. */
  readonly name: string;
  count(text: string): number;
}

const encoder = new TextEncoder();

/** The length of a text in UTF-8 bytes: no byte-level tokenizer makes more tokens than that. */
export const utf8Length = (text: string): number => encoder.encode(text).length;

/**
 * An estimate that needs no vocabulary: one token per three UTF-8 bytes, which is high for English and for code. Use {@link tokenizerCounter} for exact counts.
 */
export const estimatedTokens: TokenCounter = {
  name: 'bytes/3',
  count: (text) => Math.ceil(utf8Length(text) / 3),
};

/**
 * The real count, by a tokenizer such as `Tokenizer` of `@huggingface/tokenizers`.
 *
 * @param tokenizer Anything whose `encode(text)` gives the ids, either as a list or as `{ ids }`.
 *
 * @example
 * ```ts
 * import { tokenizerCounter, truncateToTokens } from 'oasis-embed/annotation';
 * const words = tokenizerCounter({ encode: (text) => (text.match(/\S+/g) ?? []).map((word) => word.length) });
 * console.log(truncateToTokens('one two three', 2, words)); // 'one two '
 * ```
 */
export const tokenizerCounter = (
  tokenizer: { encode(text: string): ArrayLike<number> | { readonly ids: ArrayLike<number> } },
  name = 'tokenizer',
): TokenCounter => ({
  name,
  count: (text) => {
    const encoded = tokenizer.encode(text);
    return 'ids' in encoded ? encoded.ids.length : encoded.length;
  },
});

/**
 * The longest prefix that has at most `maxTokens` tokens, cut between characters, found by bisection.
 *
 * Time O(log n) counts.
 */
export const truncateToTokens = (text: string, maxTokens: number, counter: TokenCounter): string => {
  if (!(maxTokens >= 0)) throw new RangeError(`maxTokens must be at least 0, received ${maxTokens}`);
  if (counter.count(text) <= maxTokens) return text;
  let fits = 0;
  let tooLong = text.length;
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >>> 1;
    if (counter.count(text.slice(0, middle)) <= maxTokens) fits = middle;
    else tooLong = middle;
  }
  const splitsPair = fits > 0 && /[\uD800-\uDBFF]/.test(text[fits - 1]!);
  return text.slice(0, splitsPair ? fits - 1 : fits);
};
