import type { TokenizedTexts } from '../encoders/index.js';
import type { BackendName } from './backends.js';

/** What a worker is told when it starts. */
export interface WorkerStart {
  readonly backend: BackendName;
  readonly kind: string;
  /** Where the encoder was saved, by `saveForTraining` if it has one. */
  readonly directory: string;
  /** A module with `loadEncoder`, or null for an encoder of this package. */
  readonly module: string | null;
  /** The variables to differentiate, by stable name, in the order of their values in `weights` and `gradients`. */
  readonly names: readonly string[];
  /** Float32: written by the trainer before each task. */
  readonly weights: SharedArrayBuffer;
  /** Float32: written by the worker, all of it, at the end of each task. */
  readonly gradients: SharedArrayBuffer;
  /** Texts that are differentiated at a time; null for all of a part. */
  readonly chunkSize: number | null;
}

/** A worker's part of a batch. */
export interface WorkerTask<Tokens extends TokenizedTexts = TokenizedTexts> {
  readonly queries: Tokens;
  readonly documents: Tokens;
  /** Float32 [rows, D], the gradient of the loss in this part's embeddings, queries first; there once it is signalled. */
  readonly upstream: SharedArrayBuffer;
  /** Int32 [1], one of {@link SIGNAL}. */
  readonly signal: SharedArrayBuffer;
}

export const SIGNAL = { waiting: 0, ready: 1, cancelled: 2 } as const;

/** What a worker answers, in this order. */
export type WorkerMessage =
  | { readonly kind: 'ready'; readonly shapes: readonly (readonly number[] | null)[] }
  | { readonly kind: 'embeddings'; readonly values: Float32Array }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };
