import type { DenseMatrix } from '../numerics/index.js';

/** A model that answers a conversation. */
export interface ChatModel {
  /** Names the model and its settings in datasets and caches. */
  readonly name: string;
  complete(request: ChatRequest): Promise<ChatResponse>;
}

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly temperature?: number;
  readonly maxTokens?: number;
  readonly seed?: number;
  /** A JSON schema the answer must satisfy, where the service supports structured output. */
  readonly responseSchema?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> };
  /** The version of the template the messages were made from: part of a cache key, never sent. */
  readonly promptVersion?: string;
  /**
   * Says why an answer is of no use, or null: a cache keeps what is accepted, and asks again for the rest. Never sent,
   * and no part of a cache key. @defaultValue an answer is accepted if its `finishReason` is `stop`
   */
  readonly accept?: (response: ChatResponse) => string | null;
  readonly signal?: AbortSignal;
}

export interface ChatResponse {
  readonly text: string;
  /** `stop`, or why the answer is not whole: `length`, `content_filter`, `refusal`, `error`. */
  readonly finishReason: string;
  /** The service's own word, where it is none that is known; it counts as `stop`. */
  readonly unknownFinishReason?: string;
  readonly usage: TokenUsage | null;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** A model that turns texts into vectors. Rows of the result follow the order of `texts`. */
export interface Embedder {
  /** Names the model and its settings in datasets and caches. */
  readonly name: string;
  embed(texts: readonly string[], options?: EmbedOptions): Promise<DenseMatrix>;
}

/** What an {@link Embedder} is told about the texts of one call. */
export interface EmbedOptions {
  /** Some models prefix queries and documents differently. */
  readonly role?: 'query' | 'document';
  readonly signal?: AbortSignal;
  /**
   * Called with the rows from `start` on as soon as they are there, in any order: a cache stores them before the
   * next call is answered. An embedder may leave this out; the result holds all rows anyhow.
   */
  readonly onRows?: (start: number, rows: DenseMatrix) => void | Promise<void>;
}
