import type { LoraOptions } from './low-rank-adapter.js';
import type { Pooling } from './pooling.js';

/** How texts become tokens and vectors, and what of the model is trained. */
export interface TransformerOptions {
  /** @defaultValue what the folder says; else the last token of a causal model, the mean of another */
  readonly pooling?: Pooling;
  /** Placed before every query. @defaultValue the folder's `query` prompt, or nothing */
  readonly queryPrompt?: string;
  /** Placed before every document. @defaultValue the folder's `document` prompt, or nothing */
  readonly documentPrompt?: string;
  /** Tokens of the longest text, special ones included. @defaultValue what the folder says, at most the positions */
  readonly maximumLength?: number;
  /**
   * What happens to a longer text: one end is cut off, keeping its special tokens, or it is rejected.
   *
   * @defaultValue the side that the tokenizer names, else 'cut-end'
   */
  readonly overlong?: 'cut-end' | 'cut-start' | 'error';
  /** Layers from below that are not trained; `'all'` for a model that only embeds. @defaultValue 0 */
  readonly frozenLayers?: number | 'all';
  /** Whether the embeddings are not trained. @defaultValue whether any layer is frozen */
  readonly frozenEmbeddings?: boolean;
  /** Trains low-rank updates instead of the weights, which stay frozen. */
  readonly lora?: LoraOptions;
  /** A folder with an adapter in PEFT's files, whose updates are trained on in the place of the weights. */
  readonly adapter?: string;
}

/** The size of a model that starts from random weights. */
export interface RandomTransformerOptions extends Omit<TransformerOptions, 'adapter'> {
  /** Their most frequent words become the vocabulary. */
  readonly texts: readonly string[];
  /** Rows of the embedding table. @defaultValue 8192 */
  readonly vocabularySize?: number;
  /** Length of the vectors. @defaultValue 128 */
  readonly hiddenSize?: number;
  /** @defaultValue 2 */
  readonly layers?: number;
  /** A divisor of `hiddenSize`. @defaultValue hiddenSize / 32 */
  readonly heads?: number;
  /** @defaultValue 4 × hiddenSize */
  readonly intermediateSize?: number;
  /** @defaultValue 128 */
  readonly maximumLength?: number;
  /** @defaultValue 0 */
  readonly seed?: number;
}
