import type { OnnxTrainerOptions } from './trainer-options.js';

/** What one update came to. */
export interface OnnxStepRecord {
  /** Counted from 1. */
  readonly step: number;
  /** The sum over the step's batches. */
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

/** How the gradients of one batch are computed. */
export interface OnnxAccumulateOptions {
  /** Texts of one pass, at most, beside the limit of the encoder's `tokensPerPass`. @defaultValue no limit */
  readonly textsPerPass?: number;
  /** @defaultValue the trainer's own */
  readonly recompute?: boolean;
  /** Names what dropout drops: the same name, the same masks. @defaultValue by the step and the batch's place in it */
  readonly noise?: string;
}

/** What one update may do otherwise than the trainer's options say. */
export interface OnnxUpdateOptions
  extends Pick<OnnxTrainerOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'> {
  /** Counted from 1, for the bias correction. @defaultValue the one after the last */
  readonly step?: number;
  /** Multiplies every gradient first: clipping, or a mean over batches. @defaultValue 1 */
  readonly gradientScale?: number;
}
