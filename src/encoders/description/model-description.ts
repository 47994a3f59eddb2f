/** What a feed-forward block applies between its two maps; `gelu-tanh` is the tanh approximation. */
export type Activation = 'gelu' | 'gelu-tanh' | 'relu' | 'silu';

/** A linear map y = x · Wᵀ + b, whose weight is [outputs, inputs] as checkpoints have it. */
export interface LinearDescription {
  readonly weight: string;
  readonly bias: string | null;
  readonly inputs: number;
  readonly outputs: number;
}

export interface NormDescription {
  /** Layer: (x − mean) / deviation · w + b. RMS: x / root mean square · w. */
  readonly kind: 'layer' | 'rms';
  readonly weight: string;
  readonly bias: string | null;
  readonly width: number;
  readonly epsilon: number;
  /** Added to the weight: Gemma stores w − 1. */
  readonly weightOffset: number;
}

export interface TableDescription {
  readonly weight: string;
  readonly rows: number;
  readonly width: number;
}

/** Where a token stands, as the embeddings learn it. */
export type PositionsDescription =
  /** A row of a table for each place, counted from the first token, padding included. */
  | { readonly kind: 'absolute'; readonly table: TableDescription }
  /** As RoBERTa counts: tokens that are not the padding id, from `paddingId + 1`; padding has that id's row. */
  | {
      readonly kind: 'absolute-without-padding';
      readonly table: TableDescription;
      readonly paddingId: number;
    }
  /** The layers know by themselves, from angles or a relative bias. */
  | { readonly kind: 'none' };

export interface EmbeddingsDescription {
  readonly words: TableDescription;
  readonly positions: PositionsDescription;
  /** Every token is of type 0, except the second text of a pair. */
  readonly tokenTypes: TableDescription | null;
  readonly norm: NormDescription | null;
  /** A factor of the words' rows: Gemma multiplies by √width. */
  readonly scale: number;
}

/** Rotary positions: pairs of features (i, i + headSize / 2) are turned by place / base^(2i / headSize). */
export interface RotaryDescription {
  readonly base: number;
}

/** A learned bias of each head for each bucket of distances, shared by all layers: T5's and MPNet's. */
export interface RelativeBiasDescription {
  readonly table: TableDescription;
  /** Distances from here on share the last bucket. */
  readonly maximumDistance: number;
}

export interface AttentionDescription {
  readonly heads: number;
  /** Below `heads` where groups of heads share keys and values. */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Three maps, or one whose outputs are queries, keys and values in a row. */
  readonly projections:
    | {
        readonly kind: 'separate';
        readonly query: LinearDescription;
        readonly key: LinearDescription;
        readonly value: LinearDescription;
      }
    | { readonly kind: 'joined'; readonly map: LinearDescription };
  readonly output: LinearDescription;
  /** A factor of the scores, 1 / √headSize as a rule. */
  readonly scale: number;
  /** What a token sees: all of the text, what stands before it, or what is at most `window` places away. */
  readonly sight:
    | { readonly kind: 'full' }
    | { readonly kind: 'causal' }
    | { readonly kind: 'window'; readonly distance: number };
  readonly rotary: RotaryDescription | null;
  /** Over each head of the queries and keys. */
  readonly queryNorm: NormDescription | null;
  readonly keyNorm: NormDescription | null;
}

export type FeedForwardDescription =
  | {
      readonly kind: 'plain';
      readonly activation: Activation;
      readonly up: LinearDescription;
      readonly down: LinearDescription;
    }
  /** activation(gate · x) ∘ (up · x), then down. */
  | {
      readonly kind: 'gated';
      readonly activation: Activation;
      /** Two maps, or one whose outputs are the gate's and then the other's. */
      readonly projections:
        | { readonly kind: 'separate'; readonly gate: LinearDescription; readonly up: LinearDescription }
        | { readonly kind: 'joined'; readonly map: LinearDescription };
      readonly down: LinearDescription;
    };

/** Where a layer's normalizations stand; null is no normalization. */
export interface LayerNorms {
  readonly beforeAttention: NormDescription | null;
  /** Of the attention's output, before the residual is added. */
  readonly insideAttention: NormDescription | null;
  /** Of the sum with the residual. */
  readonly afterAttention: NormDescription | null;
  readonly beforeFeedForward: NormDescription | null;
  readonly insideFeedForward: NormDescription | null;
  readonly afterFeedForward: NormDescription | null;
}

export interface LayerDescription {
  readonly attention: AttentionDescription;
  readonly feedForward: FeedForwardDescription;
  readonly norms: LayerNorms;
}

/** The share of numbers that training drops at each place, as the config says; null where the architecture drops nothing. */
export interface DropoutDescription {
  /** Of the vectors that the first layer sees. */
  readonly embeddings: number | null;
  /** Of attention's shares. */
  readonly attention: number | null;
  /** Of what attention adds to the residual. */
  readonly attentionOutput: number | null;
  /** Of what the feed-forward block's last map sees. */
  readonly feedForwardInner: number | null;
  /** Of what the feed-forward block adds to the residual. */
  readonly feedForwardOutput: number | null;
}

/** A transformer from token ids to hidden states, block by block, with the names that checkpoints give its weights. */
export interface TransformerDescription {
  /** The `model_type` of config.json. */
  readonly architecture: string;
  readonly width: number;
  /** Tokens of the longest text, special ones included. */
  readonly maximumLength: number;
  readonly paddingId: number;
  readonly embeddings: EmbeddingsDescription;
  readonly relativeBias: RelativeBiasDescription | null;
  readonly layers: readonly LayerDescription[];
  readonly finalNorm: NormDescription | null;
  readonly dropout: DropoutDescription;
  /** What may stand before a weight's name when the checkpoint is of a model with a head. */
  readonly prefixes: readonly string[];
}

/** How the tokens' vectors become one: which of them count, and how much. */
export type PoolingKind = 'cls' | 'mean' | 'last' | 'weighted-mean';

/** A linear map of the pooled vector. */
export interface DenseDescription {
  readonly map: LinearDescription;
  readonly activation: 'identity' | 'tanh' | 'relu';
}

/** From hidden states to an embedding. */
export interface HeadDescription {
  readonly pooling: PoolingKind;
  readonly dense: readonly DenseDescription[];
  /** Whether embeddings have unit length. */
  readonly normalize: boolean;
}

/** A text embedder: what graphs for inference, training and export are built from. */
export interface ModelDescription {
  readonly transformer: TransformerDescription;
  readonly head: HeadDescription;
  readonly prompts: { readonly query: string; readonly document: string };
}
