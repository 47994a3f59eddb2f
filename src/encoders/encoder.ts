import type * as tf from '@tensorflow/tfjs';
import type { Random } from '../numerics/index.js';

/** Which side of a retrieval pair a text is on: models may prefix, weigh or project the two differently. */
export type TextRole = 'query' | 'document';

/** Texts turned into host arrays once, ready to be put on the device again in every epoch. */
export interface TokenizedTexts {
  readonly length: number;
}

/**
 * What the trainer needs from a model: texts in, L2-normalized rows out, differentiable in between.
 *
 * @typeParam Tokens The model's own token arrays; opaque to the trainer.
 */
export interface Encoder<Tokens extends TokenizedTexts = TokenizedTexts> {
  /** Names the model in configs and reports, such as `subtoken-bag`. */
  readonly kind: string;
  readonly dimensions: number;
  /** Pure host work, done once per text. */
  tokenize(texts: readonly string[], role: TextRole): Tokens;
  /** Rows of `tokens`, in the order given: batches of one tokenized set without copying texts. */
  select(tokens: Tokens, rows: ArrayLike<number>): Tokens;
  /** Training-time noise on a batch, such as token dropout; a pure function of its arguments. */
  augment?(tokens: Tokens, role: TextRole, random: Random): Tokens;
  /** [N, D], rows of unit length; differentiable with respect to `variables`. */
  encode(tokens: Tokens, role: TextRole): tf.Tensor2D;
  /** The rows of both sides of a batch, as two calls of `encode` give them, where one pass for both costs less. */
  encodeSides?(queries: Tokens, documents: Tokens): { queries: tf.Tensor2D; documents: tf.Tensor2D };
  /** Everything that training may change, by stable names. */
  readonly variables: readonly tf.Variable[];
  /** The model as files: a folder that `load` of the same class reads back to equal embeddings. */
  save(directory: string): Promise<void>;
  /**
   * A folder from which a worker thread makes a copy with the same variables, where `save` would merge some of them or
   * forget what is frozen.
   */
  saveForTraining?(directory: string): Promise<void>;
  /** Tells apart what training does not change: encoders whose variables have the same names and shapes. */
  readonly fingerprint?: string;
  dispose(): void;
}
