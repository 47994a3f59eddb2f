import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul, NEGATIVE_SENTINEL } from '../numerics/tensors/index.js';

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
}

/**
 * n_i = log Σ_{k negative of i} exp(z_ik) for every anchor, or with hardness log Σ γ_ik exp(z_ik).
 *
 * Scores are computed in blocks of `chunkSize` rows and computed again for the gradient, so no more than
 * chunkSize × M of them exist at a time; a single block is kept instead. Differentiable once in anchors,
 * candidates and a tensor `scale`; an anchor without negatives adds nothing to any gradient.
 *
 * @returns [R]
 */
export const negativeLogSumExp = (scores: NegativeScores): tf.Tensor1D => {
  const { anchors, candidates, scale, bias, guide } = scores;
  const inputs = typeof scale === 'number' ? [anchors, candidates] : [anchors, candidates, scale];
  return customGradient<tf.Tensor1D>(inputs, () => {
    const all = blocks(scores);
    if (all.length === 1 && typeof scale === 'number') {
      const { logits, isNegative } = maskedLogits(scores, all[0]!);
      return {
        value: negativeTotal(logits, isNegative, scores, all[0]!),
        saved: [...inputs, logits, isNegative],
        gradient: (dy, [a, c, kept, mask]) => {
          const pull = toLogits(kept as tf.Tensor2D, mask as tf.Tensor2D, scores.hardness, dy);
          const toCosines = tf.mul(pull, scale) as tf.Tensor2D;
          return [matMul(toCosines, c as tf.Tensor2D), matMul(toCosines, a as tf.Tensor2D, true, false)];
        },
      };
    }
    const extras = [
      ...(bias === undefined ? [] : [bias]),
      ...(guide === undefined ? [] : Object.values(guide)),
    ];
    return {
      value: tf.concat1d(
        all.map((block) =>
          tf.tidy(() => {
            const { logits, isNegative } = maskedLogits(scores, block);
            return negativeTotal(logits, isNegative, scores, block);
          }),
        ),
      ),
      saved: [...inputs, ...extras],
      gradient: (dy, saved) => backward(restored(scores, [...saved]), dy),
    };
  });
};

/** The same scores on the tensors that the engine kept: the caller's may be gone by the backward pass. */
const restored = (scores: NegativeScores, kept: tf.Tensor[]): NegativeScores => {
  const next = () => kept.shift()!;
  const [anchors, candidates] = [next() as tf.Tensor2D, next() as tf.Tensor2D];
  const scale = typeof scores.scale === 'number' ? scores.scale : next();
  const bias = scores.bias === undefined ? undefined : (next() as tf.Tensor1D);
  const { guide, ...rest } = scores;
  const base = { ...rest, anchors, candidates, scale, bias };
  if (guide === undefined) return base;
  const names = Object.keys(guide) as (keyof typeof guide)[];
  return {
    ...base,
    guide: Object.fromEntries(names.map((name) => [name, next()])) as unknown as typeof guide,
  };
};

type Block = readonly [from: number, to: number];

const blocks = ({ anchors, chunkSize }: NegativeScores): Block[] => {
  const rows = anchors.shape[0];
  return Array.from({ length: Math.max(1, Math.ceil(rows / chunkSize)) }, (_, i) => [
    i * chunkSize,
    Math.min(rows, (i + 1) * chunkSize),
  ]);
};

const rowsOf = (x: tf.Tensor2D, [from, to]: Block): tf.Tensor2D =>
  from === 0 && to === x.shape[0] ? x : tf.slice2d(x, [from, 0], [to - from, x.shape[1]]);

interface Logits {
  /** [b, M] */
  readonly cosines: tf.Tensor2D;
  /** [b, M], of candidates that are no negatives too. */
  readonly logits: tf.Tensor2D;
  /** [b, M], bool. */
  readonly isNegative: tf.Tensor2D;
}

const maskedLogits = (scores: NegativeScores, block: Block): Logits =>
  tf.tidy(() => {
    const { candidates, bias } = scores;
    const cosines = matMul(rowsOf(scores.anchors, block), candidates, false, true);
    const scaled = tf.mul(cosines, sharpenedScale(scores, block));
    const logits = (bias === undefined ? scaled : tf.sub(scaled, bias)) as tf.Tensor2D;
    return { cosines, logits, isNegative: negativesOf(scores, block) };
  });

/** 1/τ + α, with α only where it counts. */
const sharpenedScale = (
  { candidates, scale, hardness: { alpha }, penalized }: NegativeScores,
  [from, to]: Block,
): number | tf.Tensor => {
  if (alpha === 0) return scale;
  if (penalized === undefined) return typeof scale === 'number' ? scale + alpha : tf.add(scale, alpha);
  return tf.add(tf.mul(tf.tensor2d(penalized(from, to), [to - from, candidates.shape[0]]), alpha), scale);
};

const negativesOf = ({ candidates, exclude, guide }: NegativeScores, block: Block): tf.Tensor2D => {
  const [from, to] = block;
  const listed = tf.equal(tf.tensor2d(exclude(from, to), [to - from, candidates.shape[0]]), 0) as tf.Tensor2D;
  if (guide === undefined) return listed;
  const similarities = matMul(rowsOf(guide.anchors, block), guide.candidates, false, true);
  const limits = tf.reshape(tf.slice1d(guide.limits, from, to - from), [-1, 1]);
  return tf.logicalAnd(listed, tf.logicalNot(tf.greater(similarities, limits)));
};

/** The logits of a row's negatives above the least of all its logits, so at least 0, and the sentinel elsewhere. */
interface RowTerms {
  /** [b, M] */
  readonly terms: tf.Tensor2D;
  /** log Σ exp of the terms, [b, 1]. */
  readonly total: tf.Tensor2D;
  /** Whether the row has a negative, [b, 1], bool. */
  readonly any: tf.Tensor2D;
}

/** @param power What the logits are multiplied by. */
const rowTerms = (above: tf.Tensor2D, isNegative: tf.Tensor2D, power: number): RowTerms => {
  const sharpened = power === 1 ? above : tf.mul(above, power);
  const terms = tf.where(isNegative, sharpened, tf.fill(above.shape, NEGATIVE_SENTINEL)) as tf.Tensor2D;
  const largest = tf.max(terms, 1, true) as tf.Tensor2D;
  const sum = tf.sum(tf.exp(tf.sub(terms, largest)), 1, true);
  return {
    terms,
    total: tf.add(largest, tf.log(sum)) as tf.Tensor2D,
    any: tf.greaterEqual(largest, 0) as tf.Tensor2D,
  };
};

const aboveLeast = (logits: tf.Tensor2D, least: tf.Tensor): tf.Tensor2D =>
  tf.sub(logits, least) as tf.Tensor2D;

/** n = LSE((1 + β) z) − LSE(β z), which is LSE(z) for β = 0, [b]. */
const negativeTotal = (
  logits: tf.Tensor2D,
  isNegative: tf.Tensor2D,
  { hardness: { beta }, nothing }: NegativeScores,
  [from, to]: Block,
): tf.Tensor1D =>
  tf.tidy(() => {
    const least = tf.min(logits, 1, true);
    const above = aboveLeast(logits, least);
    const { total, any } = rowTerms(above, isNegative, 1 + beta);
    const excess = beta === 0 ? total : tf.sub(total, rowTerms(above, isNegative, beta).total);
    const otherwise = tf.reshape(tf.slice1d(nothing, from, to - from), [-1, 1]);
    return tf.reshape(tf.where(any, tf.add(excess, least), otherwise), [-1]) as tf.Tensor1D;
  });

/** dy · ∂n/∂z, [b, M] */
const toLogits = (
  logits: tf.Tensor2D,
  isNegative: tf.Tensor2D,
  { beta }: Hardness,
  dy: tf.Tensor,
): tf.Tensor2D =>
  tf.tidy(() => {
    const above = aboveLeast(logits, tf.min(logits, 1, true));
    const share = (power: number): { shares: tf.Tensor; any: tf.Tensor } => {
      const { terms, total, any } = rowTerms(above, isNegative, power);
      return { shares: tf.exp(tf.sub(terms, total)), any };
    };
    const { shares: upper, any } = share(1 + beta);
    const shares = beta === 0 ? upper : tf.sub(tf.mul(upper, 1 + beta), tf.mul(share(beta).shares, beta));
    const rows = tf.reshape(dy, [-1, 1]);
    return tf.mul(shares, tf.where(any, rows, tf.zerosLike(rows))) as tf.Tensor2D;
  });

const backward = (scores: NegativeScores, dy: tf.Tensor1D): tf.Tensor[] => {
  const { candidates, scale } = scores;
  let toCandidates: tf.Tensor = tf.zeros(candidates.shape);
  let toScale: tf.Tensor = tf.scalar(0);
  const toAnchors: tf.Tensor2D[] = [];
  for (const block of blocks(scores)) {
    const [forAnchors, forCandidates, forScale] = tf.tidy(() => {
      const { cosines, logits, isNegative } = maskedLogits(scores, block);
      const rows = tf.slice1d(dy, block[0], block[1] - block[0]);
      const pull = toLogits(logits, isNegative, scores.hardness, rows);
      const toCosines = tf.mul(pull, scale) as tf.Tensor2D;
      const anchorRows = rowsOf(scores.anchors, block);
      return [
        matMul(toCosines, candidates),
        tf.add(toCandidates, matMul(toCosines, anchorRows, true, false)),
        typeof scale === 'number' ? toScale.clone() : tf.add(toScale, tf.sum(tf.mul(pull, cosines))),
      ] as [tf.Tensor2D, tf.Tensor, tf.Tensor];
    });
    toCandidates.dispose();
    toScale.dispose();
    toAnchors.push(forAnchors);
    [toCandidates, toScale] = [forCandidates, forScale];
  }
  const gradients = [tf.concat2d(toAnchors, 0), toCandidates];
  return typeof scale === 'number' ? gradients : [...gradients, tf.reshape(toScale, scale.shape)];
};
