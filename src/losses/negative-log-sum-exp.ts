import * as tf from '@tensorflow/tfjs';
import { customGradient, matMul } from '../numerics/tensors/index.js';
import { type Block, type NegativeScores, rowsOf } from './negative-scores.js';
import { negativeSums } from './negative-sums.js';

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
      const { total, terms, factor } = blockTerms(scores, all[0]!, true);
      return {
        value: total,
        saved: [...inputs, terms, factor],
        gradient: (dy, [a, c, kept, share]) => {
          const pull = tf.mul(kept!, tf.mul(tf.reshape(dy, [-1, 1]), share!)) as tf.Tensor2D;
          return [matMul(pull, c as tf.Tensor2D), matMul(pull, a as tf.Tensor2D, true, false)];
        },
      };
    }
    const extras = [
      ...(bias === undefined ? [] : [bias]),
      ...(guide === undefined ? [] : Object.values(guide)),
    ];
    return {
      value: tf.concat1d(all.map((block) => tf.tidy(() => blockTerms(scores, block, true).total))),
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

const blocks = ({ anchors, chunkSize }: NegativeScores): Block[] => {
  const rows = anchors.shape[0];
  return Array.from({ length: Math.max(1, Math.ceil(rows / chunkSize)) }, (_, i) => [
    i * chunkSize,
    Math.min(rows, (i + 1) * chunkSize),
  ]);
};

/** What the gradient needs of a block: ∂n_i/∂cos_ik = factor_i · terms_ik, or without a tensor's 1/τ, which multiplies it. */
interface BlockTerms {
  /** [b, M], 0 at candidates that are no negatives of a row that has some. */
  readonly terms: tf.Tensor2D;
  /** [b, 1], 0 where a row has no negative. */
  readonly factor: tf.Tensor2D;
  /** [b, M]; absent where only scaled ones were computed. */
  readonly cosines?: tf.Tensor2D;
}

/** @param withTotal n as well, [b]. */
const blockTerms = <T extends boolean>(scores: NegativeScores, block: Block, withTotal: T) =>
  tf.tidy(() => {
    const { cosines, logits } = logitsOf(scores, block);
    const beta = scores.hardness.beta;
    const sums = negativeSums(scores, block, logits);
    // n = LSE((1 + β) z) − LSE(β z), which is LSE(z) for β = 0.
    const upper = sums.of(1 + beta);
    const lower = beta === 0 ? null : sums.of(beta);
    const scale = typeof scores.scale === 'number' ? scores.scale : 1;
    const factor = tf.div((1 + beta) * scale, upper.sum);
    const ofLower = lower && tf.div(beta * scale, tf.mul(factor, lower.sum));
    const total = () => (lower === null ? upper.total() : tf.sub(upper.total(), lower.total()));
    return {
      terms: ofLower ? tf.sub(upper.terms, tf.mul(lower!.terms, ofLower)) : upper.terms,
      factor: sums.orZero(factor),
      ...(cosines && { cosines }),
      ...(withTotal && { total: tf.reshape(sums.orNothing(total()), [-1]) }),
    } as tf.NamedTensorMap;
  }) as unknown as T extends true ? BlockTerms & { readonly total: tf.Tensor1D } : BlockTerms;

const logitsOf = (
  scores: NegativeScores,
  block: Block,
): { readonly logits: tf.Tensor2D; readonly cosines: tf.Tensor2D | null } => {
  const { candidates, bias } = scores;
  const anchors = rowsOf(scores.anchors, block);
  const sharpened = sharpenedScale(scores, block);
  const corrected = (scaled: tf.Tensor) =>
    (bias === undefined ? scaled : tf.sub(scaled, bias)) as tf.Tensor2D;
  if (typeof sharpened === 'number' && anchors.shape[1] < candidates.shape[0]) {
    // The smaller matrix is scaled.
    return {
      cosines: null,
      logits: corrected(matMul(tf.mul(anchors, sharpened) as tf.Tensor2D, candidates, false, true)),
    };
  }
  const cosines = matMul(anchors, candidates, false, true);
  return { cosines, logits: corrected(tf.mul(cosines, sharpened)) };
};

/** 1/τ + α, with α only where it counts. */
const sharpenedScale = (
  { candidates, scale, hardness: { alpha }, penalized }: NegativeScores,
  [from, to]: Block,
): number | tf.Tensor => {
  if (alpha === 0) return scale;
  if (penalized === undefined) return typeof scale === 'number' ? scale + alpha : tf.add(scale, alpha);
  return tf.add(tf.mul(tf.tensor2d(penalized(from, to), [to - from, candidates.shape[0]]), alpha), scale);
};

const backward = (scores: NegativeScores, dy: tf.Tensor1D): tf.Tensor[] => {
  const { candidates, scale } = scores;
  let toCandidates: tf.Tensor = tf.zeros(candidates.shape);
  let toScale: tf.Tensor = tf.scalar(0);
  const toAnchors: tf.Tensor2D[] = [];
  for (const block of blocks(scores)) {
    const [forAnchors, forCandidates, forScale] = tf.tidy(() => {
      const { terms, factor, cosines } = blockTerms(scores, block, false);
      const rows = tf.slice1d(dy, block[0], block[1] - block[0]);
      const anchorRows = rowsOf(scores.anchors, block);
      const shares = tf.mul(terms, tf.mul(tf.reshape(rows, [-1, 1]), factor)) as tf.Tensor2D;
      const isNumber = typeof scale === 'number';
      const pull = isNumber ? shares : (tf.mul(shares, scale) as tf.Tensor2D);
      const along = isNumber ? toScale.clone() : tf.add(toScale, tf.sum(tf.mul(shares, cosines!)));
      return [
        matMul(pull, candidates),
        tf.add(toCandidates, matMul(pull, anchorRows, true, false)),
        along,
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
