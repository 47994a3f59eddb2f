import * as tf from '@tensorflow/tfjs';
import {
  customGradient,
  gatherRows,
  NEGATIVE_SENTINEL,
  safeNormalize,
  scatterRows,
  withCleanGradient,
} from '../numerics/tensors/index.js';
import type { AnchorSide } from './anchor-side.js';
import type { InfoNceSettings } from './info-nce-settings.js';
import { negativeLogSumExp } from './negative-log-sum-exp.js';
import { isLevel } from './negative-sums.js';
import { gatherRagged, logSumExpRows, type RaggedRows, raggedLogSumExp, raggedRows } from './ragged-rows.js';

/** Scores computed at a time unless the caller says otherwise: 16 MiB of float32, a few of which exist at once. */
const BLOCK_SCORES = 1 << 22;

/** Embeddings, their guide and the scale, as every side sees them. */
export interface SideInputs {
  readonly settings: InfoNceSettings;
  readonly queries: tf.Tensor2D;
  readonly documents: tf.Tensor2D;
  readonly scale: number | tf.Tensor;
  /** How far from 0 a logit may lie. */
  readonly reach: number;
}

export const sideInputs = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  settings: InfoNceSettings,
): SideInputs => {
  const { temperature, normalize } = settings;
  return {
    settings,
    queries: normalize ? safeNormalize(queries) : withCleanGradient(queries),
    documents: normalize ? safeNormalize(documents) : withCleanGradient(documents),
    scale: typeof temperature === 'number' ? 1 / temperature : tf.reciprocal(temperature),
    reach: reachOf(settings),
  };
};

/** How far from 0 a logit of unit rows may lie, rounding included. */
const reachOf = ({ temperature, normalize, hardness, logProbabilities }: InfoNceSettings): number => {
  if (typeof temperature !== 'number' || !normalize) return Infinity;
  const corrections = logProbabilities?.reduce((most, log) => Math.max(most, Math.abs(log)), 0) ?? 0;
  return 1.01 * (1 / temperature + Math.abs(hardness.alpha)) + corrections;
};

/** The loss of each anchor of one side, [R]. */
export const anchorLosses = (side: AnchorSide, inputs: SideInputs): tf.Tensor1D => {
  const positives = positiveLogits(side, inputs);
  const negatives = negativeTotals(side, inputs, positives);
  const softplus = softplusOf(inputs);
  const { rows, positiveAnchor } = side;
  const counts = new Float32Array(rows.length);
  for (const anchor of positiveAnchor) counts[anchor]!++;
  const mean = (values: tf.Tensor1D): tf.Tensor1D =>
    values.size === rows.length
      ? values
      : tf.div(scatterRows(values, positiveAnchor, rows.length), tf.tensor1d(counts));
  const { multiplePositives } = inputs.settings;
  if (multiplePositives === 'separate' || positives.size === rows.length) {
    const against = positives.size === rows.length ? negatives : gatherRows(negatives, positiveAnchor);
    return mean(softplus(tf.sub(against, positives)));
  }
  const ragged = positivesByAnchor(side);
  const together = raggedLogSumExp(gatherRagged(positives, ragged), ragged);
  const outside = multiplePositives === 'outside';
  // log(e^n + e^p) − s⁺ = softplus(n − p) + p − s⁺, of which the part that grows with the scores cancels.
  const excess = softplus(tf.sub(negatives, together));
  return outside ? tf.add(excess, tf.sub(together, mean(positives))) : excess;
};

/** One softmax for each positive pair over the candidates of both its rows; the mean over each query's pairs. */
export const jointLosses = (sides: readonly AnchorSide[], inputs: SideInputs): tf.Tensor1D => {
  const [querySide, documentSide] = sides as [AnchorSide, AnchorSide | undefined];
  const { positiveAnchor, positiveOther, rows } = querySide;
  const positives = positiveLogits(querySide, inputs);
  const totals = [gatherRows(negativeTotals(querySide, inputs, positives), positiveAnchor)];
  if (documentSide !== undefined) {
    const position = new Map(Array.from(documentSide.rows, (document, r) => [document, r] as const));
    const indices = Array.from(positiveOther, (document) => position.get(document)!);
    const ofDocuments = negativeTotals(documentSide, inputs, positiveLogits(documentSide, inputs));
    totals.push(gatherRows(ofDocuments, indices));
  }
  const negatives = totals.length === 1 ? totals[0]! : logSumExpRows(tf.stack(totals, 1) as tf.Tensor2D);
  const softplus = softplusOf(inputs);
  const once = softplus(tf.sub(negatives, positives));
  // log((2 e^p + Σ e^n) / e^p) = log(1 + (1 + Σ e^n / e^p)): the positive once more in the sum is softplus once more.
  const { partition } = inputs.settings;
  const repeats =
    partition === 'jointRepeated' && querySide.sources.documents && documentSide?.sources.queries;
  const losses = repeats ? softplus(once) : once;
  const counts = new Float32Array(rows.length);
  for (const anchor of positiveAnchor) counts[anchor]!++;
  return tf.div(scatterRows(losses, positiveAnchor, rows.length), tf.tensor1d(counts));
};

/** log Σ exp over each anchor's negatives; where there are none, so far below its positives that they cost nothing. */
const negativeTotals = (side: AnchorSide, inputs: SideInputs, positives: tf.Tensor1D): tf.Tensor1D => {
  const { settings, scale } = inputs;
  const { logProbabilities, hardness, guide } = settings;
  const anchors = anchorRows(side, inputs.queries, inputs.documents);
  const candidates = candidateRows(side, inputs.queries, inputs.documents);
  const columns = candidates.shape[0];
  const lowest =
    positives.size === side.rows.length
      ? positives
      : (tf.min(gatherRagged(positives, positivesByAnchor(side)), 1) as tf.Tensor1D);
  const nothing = tf.add(lowest, NEGATIVE_SENTINEL) as tf.Tensor1D;
  if (columns === 0) return nothing;
  const bias = logProbabilities === null ? null : candidateBias(side, logProbabilities, columns);
  return negativeLogSumExp({
    anchors,
    candidates,
    scale,
    hardness,
    exclude: side.exclude,
    penalized: side.penalized,
    nothing,
    chunkSize: settings.chunkSize ?? Math.max(1, Math.floor(BLOCK_SCORES / Math.max(1, columns))),
    reach: inputs.reach,
    ...(bias === null ? {} : { bias: tf.tensor1d(bias) }),
    ...(guide === null ? {} : { guide: guideScores(side, guide) }),
  });
};

const anchorRows = (side: AnchorSide, queries: tf.Tensor2D, documents: tf.Tensor2D): tf.Tensor2D => {
  const source = side.side === 'query' ? queries : documents;
  return side.rows.length === source.shape[0] ? source : gatherRows(source, side.rows);
};

const candidateRows = (
  { sources }: AnchorSide,
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
): tf.Tensor2D => {
  if (!sources.queries && !sources.documents) return tf.slice(documents, [0, 0], [0, -1]);
  if (!sources.queries) return documents;
  return sources.documents ? tf.concat2d([documents, queries], 0) : queries;
};

/** Documents are corrected for how often they are sampled, queries are not. */
const candidateBias = ({ sources }: AnchorSide, logs: Float32Array, columns: number): Float32Array => {
  const bias = new Float32Array(columns);
  if (sources.documents) bias.set(logs);
  return bias;
};

/** The scaled score of every positive pair of the side, [P]. */
const positiveLogits = (side: AnchorSide, inputs: SideInputs): tf.Tensor1D => {
  const logits = tf.mul(positiveScores(side, inputs.queries, inputs.documents), inputs.scale) as tf.Tensor1D;
  const { logProbabilities } = inputs.settings;
  if (logProbabilities === null || side.side === 'document') return logits;
  return tf.sub(logits, tf.tensor1d(pick(logProbabilities, side)));
};

const pick = (values: Float32Array, { positiveOther }: AnchorSide): Float32Array =>
  Float32Array.from(positiveOther, (row) => values[row]!);

const positiveScores = (side: AnchorSide, queries: tf.Tensor2D, documents: tf.Tensor2D): tf.Tensor1D => {
  const rows = Int32Array.from(side.positiveAnchor, (anchor) => side.rows[anchor]!);
  const [queryRows, documentRows] =
    side.side === 'query' ? [rows, side.positiveOther] : [side.positiveOther, rows];
  return tf.sum(tf.mul(gatherRows(queries, queryRows), gatherRows(documents, documentRows)), 1);
};

/** The positive pairs of each anchor. */
const positivesByAnchor = ({ rows, positiveAnchor }: AnchorSide): RaggedRows => {
  const pairs = Array.from(rows, (): number[] => []);
  positiveAnchor.forEach((anchor, pair) => {
    pairs[anchor]!.push(pair);
  });
  return raggedRows(pairs);
};

const guideScores = (side: AnchorSide, guide: NonNullable<InfoNceSettings['guide']>) => {
  const [queries, documents] = [safeNormalize(guide.queries), safeNormalize(guide.documents)];
  const positives = gatherRagged(positiveScores(side, queries, documents), positivesByAnchor(side));
  const lowest = tf.min(positives, 1) as tf.Tensor1D;
  const slack = guide.marginType === 'absolute' ? guide.margin : tf.mul(tf.abs(lowest), guide.margin);
  return {
    anchors: anchorRows(side, queries, documents),
    candidates: candidateRows(side, queries, documents),
    limits: tf.sub(lowest, slack) as tf.Tensor1D,
  };
};

/** log(1 + eˣ), without the loss of digits of the naive form at either end. */
const softplusOf =
  (inputs: SideInputs) =>
  (x: tf.Tensor1D): tf.Tensor1D =>
    customGradient([x], () => {
      // What eˣ is too large for is split off, unless the temperature says that there is no such x.
      const value = isLevel(inputs.reach)
        ? tf.log1p(tf.exp(x))
        : tf.add(tf.relu(x), tf.log1p(tf.exp(tf.neg(tf.abs(x)))));
      return {
        value: value as tf.Tensor1D,
        saved: [x],
        gradient: (dy, [input]) => [tf.mul(dy, tf.sigmoid(input!))],
      };
    });
