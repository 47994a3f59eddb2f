import * as tf from '@tensorflow/tfjs';

/** How much harder negatives count for more. */
export interface Hardness {
  /** β: each negative is weighted by γ_k = exp(β z_k) / Σ exp(β z), through which the gradient flows. */
  readonly beta: number;
  /** α: α · cos is added to each negative's logit, without gradient. */
  readonly alpha: number;
}

export interface NegativeScores {
  /** [R, D] */
  readonly anchors: tf.Tensor2D;
  /** [M, D] */
  readonly candidates: tf.Tensor2D;
  /** 1 / τ */
  readonly scale: number | tf.Tensor;
  /** [M], subtracted from the logits. */
  readonly bias?: tf.Tensor1D | undefined;
  readonly hardness: Hardness;
  /** Candidates of rows [from, to), by M: the sentinel where one is no negative, else 0. */
  readonly exclude: (from: number, to: number) => Float32Array;
  /** 1 where α counts for a candidate of rows [from, to), by M; without it α counts everywhere. */
  readonly penalized?: ((from: number, to: number) => Float32Array) | undefined;
  /** Candidates are no negatives either where ⟨anchors, candidates⟩ of the guide exceeds the row's limit. */
  readonly guide?: {
    readonly anchors: tf.Tensor2D;
    readonly candidates: tf.Tensor2D;
    readonly limits: tf.Tensor1D;
  };
  /** [R], the value where an anchor has no negative. No gradient flows into it. */
  readonly nothing: tf.Tensor1D;
  /** Rows scored at a time. */
  readonly chunkSize: number;
  /** No logit lies further from 0; Infinity where nothing is known of them. */
  readonly reach: number;
}

/** Rows [from, to). */
export type Block = readonly [from: number, to: number];

export const rowsOf = (x: tf.Tensor2D, [from, to]: Block): tf.Tensor2D =>
  from === 0 && to === x.shape[0] ? x : tf.slice2d(x, [from, 0], [to - from, x.shape[1]]);
