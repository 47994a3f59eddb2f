import { type DenseMemory, denseMemory } from '../../numerics/index.js';
import type { AnchorSide } from '../anchor-side.js';
import { anchorTerm, logAddExp, positiveBounds, sigmoid, softplus } from './anchor-terms.js';
import type { InfoNceProblem, InfoNceResult } from './info-nce-problem.js';
import { type NegativeRows, readRows, rowOf, scoreOf, throughNegatives } from './negative-rows.js';

/**
 * The losses of all anchors, and the gradients of their weighted sum, from host arrays.
 *
 * Scores are computed in blocks of rows, and the gradient of a block follows at once. With the joint partition a loss
 * needs the totals of both sides first, so the blocks are computed a second time for the gradient.
 */
export const infoNceOnHost = (
  problem: InfoNceProblem,
  differentiate: boolean,
  memory: DenseMemory = denseMemory(),
): InfoNceResult => {
  const { queries, documents, temperature, normalize } = problem;
  const all = readRows(problem, differentiate, memory);
  const terms = problem.partition === 'anchor' ? anchorTerms : jointTerms;
  const losses = new Float64Array(problem.pulls.length);
  const toScale = terms(all, differentiate, losses);
  if (!differentiate) {
    const none = new Float32Array(0);
    return { losses, toQueries: none, toDocuments: none, toTemperature: 0 };
  }
  if (normalize) memory.throughNormalization(all.toRows, all.rows, all.inverses, queries.columns);
  const middle = documents.data.length;
  return {
    losses,
    toDocuments: all.toRows.slice(0, middle),
    toQueries: all.toRows.slice(middle),
    toTemperature: -toScale / temperature ** 2,
  };
};

/** Scores and logits of the positive pairs of a side, and the gradient in the logits. */
const positivesOf = (all: NegativeRows, side: AnchorSide) => {
  const { problem, memory, rows, toRows } = all;
  const { logProbabilities, temperature } = problem;
  const columns = problem.queries.columns;
  const other = side.side === 'query' ? 'document' : 'query';
  const count = side.positiveAnchor.length;
  const own = side.positiveAnchor.map((anchor) => rowOf(all, side.side, side.rows[anchor]!));
  const others = side.positiveOther.map((row) => rowOf(all, other, row));
  const scores = Float64Array.from(own, (row, p) => scoreOf(rows, columns, row, others[p]!));
  const toLogits = new Float64Array(count);
  return {
    bounds: positiveBounds(side),
    logits: scores.map((score, p) => {
      const bias =
        logProbabilities === null || side.side === 'document' ? 0 : logProbabilities[side.positiveOther[p]!]!;
      return score / temperature - bias;
    }),
    toLogits,
    /** Carries the gradient on to the rows, and returns that in 1/τ. */
    spread: (): number => {
      let toScale = 0;
      for (let p = 0; p < count; p++) {
        const weight = toLogits[p]!;
        if (weight === 0) continue;
        toScale += weight * scores[p]!;
        const pull = weight / temperature;
        const [a, b] = [own[p]! * columns, others[p]! * columns];
        memory.addScaled(rows.subarray(b, b + columns), toRows.subarray(a, a + columns), pull);
        memory.addScaled(rows.subarray(a, a + columns), toRows.subarray(b, b + columns), pull);
      }
      return toScale;
    },
  };
};

/** Each anchor has a softmax of its own. */
const anchorTerms = (all: NegativeRows, differentiate: boolean, losses: Float64Array): number => {
  const { sides, pulls, multiplePositives } = all.problem;
  let toScale = 0;
  let base = 0;
  for (const side of sides) {
    const { bounds, logits, toLogits, spread } = positivesOf(all, side);
    const start = base;
    toScale += throughNegatives(all, side, differentiate, (r, total) => {
      const [low, high] = [bounds[r]!, bounds[r + 1]!];
      const pull = pulls[start + r]!;
      const [loss, toTotal] = anchorTerm(
        total,
        logits.subarray(low, high),
        multiplePositives,
        pull,
        toLogits.subarray(low, high),
      );
      losses[start + r] = loss;
      return toTotal;
    });
    if (differentiate) toScale += spread();
    base += side.rows.length;
  }
  return toScale;
};

/** One softmax for each positive pair over the candidates of both its rows; the mean over each query's pairs. */
const jointTerms = (all: NegativeRows, differentiate: boolean, losses: Float64Array): number => {
  const { sides, pulls } = all.problem;
  const querySide = sides[0]!;
  const repeats =
    all.problem.partition === 'jointRepeated' &&
    querySide.sources.documents &&
    sides[1]?.sources.queries === true;
  const totals = sides.map((side) => {
    const found = new Float64Array(side.rows.length);
    throughNegatives(all, side, false, (r, total) => {
      found[r] = total;
      return 0;
    });
    return found;
  });
  const pullsOf = sides.map(({ rows }) => new Float64Array(rows.length));
  const position = new Map(Array.from(sides[1]?.rows ?? [], (document, r) => [document, r] as const));
  const { bounds, logits, toLogits, spread } = positivesOf(all, querySide);
  querySide.positiveAnchor.forEach((r, p) => {
    const d = position.get(querySide.positiveOther[p]!);
    const own = totals[0]![r]!;
    const others = d === undefined ? -Infinity : totals[1]![d]!;
    const total = logAddExp(own, others);
    const count = bounds[r + 1]! - bounds[r]!;
    const excess = total - logits[p]!;
    const once = softplus(excess);
    // log((2 eᵖ + Σ eⁿ) / eᵖ): the positive once more in the sum is softplus once more.
    losses[r]! += (repeats ? softplus(once) : once) / count;
    const slope = (pulls[r]! * sigmoid(excess) * (repeats ? sigmoid(once) : 1)) / count;
    toLogits[p] = -slope;
    if (total === -Infinity) return;
    pullsOf[0]![r]! += slope * Math.exp(own - total);
    if (d !== undefined) pullsOf[1]![d]! += slope * Math.exp(others - total);
  });
  if (!differentiate) return 0;
  return sides.reduce(
    (sum, side, i) => sum + throughNegatives(all, side, true, (r) => pullsOf[i]![r]!),
    spread(),
  );
};
