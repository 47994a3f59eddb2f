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
  /** Marks with 1, in a block of rows [from, to) by M, the candidates that are no negatives. */
  readonly exclude: (from: number, to: number) => Uint8Array;
  /** Candidates are no negatives either where ⟨anchors, candidates⟩ of the guide exceeds the row's limit. */
  readonly guide?: {
    readonly anchors: tf.Tensor2D;
    readonly candidates: tf.Tensor2D;
    readonly limits: tf.Tensor1D;
  };
  /** Rows scored at a time. */
  readonly chunkSize: number;
}

/** Far below any logit, far above the sentinel: tells a row without negatives. */
const NO_NEGATIVES = NEGATIVE_SENTINEL / 2;

/**
 * n_i = log Σ_{k negative of i} exp(z_ik) for every anchor, or with hardness log Σ γ_ik exp(z_ik); the
 * sentinel where an anchor has no negative.
 *
 * Scores are computed in blocks of `chunkSize` rows and computed again for the gradient, so no more than
 * chunkSize × M of them exist at a time. Differentiable once in anchors, candidates and a tensor `scale`.
 *
 * @returns [R]
 */
export const negativeLogSumExp = (scores: NegativeScores): tf.Tensor1D => {
  const { anchors, candidates, scale, bias, guide } = scores;
  const inputs = typeof scale === 'number' ? [anchors, candidates] : [anchors, candidates, scale];
  const extras = [
    ...(bias === undefined ? [] : [bias]),
    ...(guide === undefined ? [] : Object.values(guide)),
  ];
  return customGradient(inputs, () => ({
    value: tf.concat1d(blocks(scores).map((block) => tf.tidy(() => forward(scores, block).total))),
    saved: [...inputs, ...extras],
    gradient: (dy, saved) => backward(restored(scores, [...saved]), dy),
  }));
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

interface BlockScores {
  /** [b], the result. */
  readonly total: tf.Tensor1D;
  /** [b, M], before the temperature. */
  readonly cosines: tf.Tensor2D;
  readonly excluded: tf.Tensor2D;
  /** ∂n/∂z, [b, M]; computed when asked for. */
  readonly shares: () => tf.Tensor2D;
}

const forward = (scores: NegativeScores, block: Block): BlockScores => {
  const { candidates, scale, bias, hardness } = scores;
  const cosines = matMul(rowsOf(scores.anchors, block), candidates, false, true);
  const excluded = excludedMask(scores, block);
  const sharpened = typeof scale === 'number' ? scale + hardness.alpha : tf.add(scale, hardness.alpha);
  const scaled = tf.mul(cosines, sharpened);
  const logits = (bias === undefined ? scaled : tf.sub(scaled, bias)) as tf.Tensor2D;
  const sharpen = (power: number): Masked => maskedLogSumExp(tf.mul(logits, power), excluded);
  const { beta } = hardness;
  if (beta === 0) {
    const plain = maskedLogSumExp(logits, excluded);
    return { total: plain.total, cosines, excluded, shares: plain.shares };
  }
  const [upper, lower] = [sharpen(1 + beta), sharpen(beta)];
  // Where all is masked both sums are the sentinel and their difference would pass for a score of 0.
  const total = tf.where(
    tf.less(upper.total, NO_NEGATIVES),
    tf.fill(upper.total.shape, NEGATIVE_SENTINEL),
    tf.sub(upper.total, lower.total),
  ) as tf.Tensor1D;
  const shares = () => tf.sub(tf.mul(upper.shares(), 1 + beta), tf.mul(lower.shares(), beta)) as tf.Tensor2D;
  return { total, cosines, excluded, shares };
};

interface Masked {
  readonly total: tf.Tensor1D;
  readonly shares: () => tf.Tensor2D;
}

const maskedLogSumExp = (logits: tf.Tensor2D, excluded: tf.Tensor2D): Masked => {
  const kept = tf.where(excluded, tf.fill(logits.shape, NEGATIVE_SENTINEL), logits);
  const largest = tf.max(kept, 1, true);
  const sums = tf.sum(tf.exp(tf.sub(kept, largest)), 1, true);
  const total = tf.add(largest, tf.log(sums));
  const shares = () => tf.where(excluded, tf.zerosLike(kept), tf.exp(tf.sub(kept, total))) as tf.Tensor2D;
  return { total: tf.reshape(total, [-1]) as tf.Tensor1D, shares };
};

const excludedMask = ({ candidates, exclude, guide }: NegativeScores, [from, to]: Block): tf.Tensor2D => {
  const listed = tf.tensor2d(exclude(from, to), [to - from, candidates.shape[0]], 'bool');
  if (guide === undefined) return listed;
  const similarities = matMul(rowsOf(guide.anchors, [from, to]), guide.candidates, false, true);
  const limits = tf.reshape(tf.slice1d(guide.limits, from, to - from), [-1, 1]);
  return tf.logicalOr(listed, tf.greater(similarities, limits));
};

const backward = (scores: NegativeScores, dy: tf.Tensor1D): tf.Tensor[] => {
  const { candidates, scale } = scores;
  let toCandidates: tf.Tensor = tf.zeros(candidates.shape);
  let toScale: tf.Tensor = tf.scalar(0);
  const toAnchors: tf.Tensor2D[] = [];
  for (const block of blocks(scores)) {
    const [forAnchors, forCandidates, forScale] = tf.tidy(() => {
      const { cosines, shares } = forward(scores, block);
      const rows = tf.reshape(tf.slice1d(dy, block[0], block[1] - block[0]), [-1, 1]);
      const toLogits = tf.mul(shares(), rows);
      const toCosines = tf.mul(toLogits, scale) as tf.Tensor2D;
      const anchorRows = rowsOf(scores.anchors, block);
      return [
        matMul(toCosines, candidates),
        tf.add(toCandidates, matMul(toCosines, anchorRows, true, false)),
        typeof scale === 'number' ? toScale.clone() : tf.add(toScale, tf.sum(tf.mul(toLogits, cosines))),
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
