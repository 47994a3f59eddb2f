import { asDoubles, type DenseMemory } from '../../numerics/index.js';
import type { AnchorSide } from '../anchor-side.js';
import type { InfoNceProblem } from './info-nce-problem.js';

/** Scores computed at a time unless the caller says otherwise: 16 MiB of float32. */
const BLOCK_SCORES = 1 << 22;

/** Rows of both sides in one array, documents first as in the columns of candidates, and room for one block of scores. */
export interface NegativeRows {
  readonly problem: InfoNceProblem;
  readonly memory: DenseMemory;
  /** [N + Q, D], of length 1 where the loss normalizes. */
  readonly rows: Float32Array;
  /** [N + Q], 1/‖x‖ of each row before; empty where the loss does not normalize. */
  readonly inverses: Float64Array;
  /** [N + Q, D], the gradient in `rows`. */
  readonly toRows: Float32Array;
  readonly scratch: {
    readonly anchors: Float32Array;
    readonly toAnchors: Float32Array;
    readonly scores: Float32Array;
    readonly mask: Float32Array;
    readonly row: Float32Array;
    readonly bias: Float32Array;
    readonly guide: Float32Array;
    readonly guideAnchors: Float32Array;
  };
}

const columnsOf = ({ sources }: AnchorSide, { queries, documents }: InfoNceProblem): number =>
  (sources.documents ? documents.rows : 0) + (sources.queries ? queries.rows : 0);

const blockOf = (side: AnchorSide, problem: InfoNceProblem): number => {
  const chunk =
    problem.chunkSize ?? Math.max(1, Math.floor(BLOCK_SCORES / Math.max(1, columnsOf(side, problem))));
  return Math.min(side.rows.length, chunk);
};

/** Reads the rows in; everything that the computation needs is allocated here. */
export const readRows = (
  problem: InfoNceProblem,
  differentiate: boolean,
  memory: DenseMemory,
): NegativeRows => {
  const { queries, documents, sides, normalize, guide, hardness, logProbabilities } = problem;
  const { columns } = queries;
  const count = documents.rows + queries.rows;
  const block = Math.max(0, ...sides.map((side) => blockOf(side, problem)));
  const scoreCount = Math.max(0, ...sides.map((side) => blockOf(side, problem) * columnsOf(side, problem)));
  const guideColumns = guide?.queries.columns ?? 0;
  const needs = (wanted: boolean, length: number): number => (wanted ? length : 0);
  const [rows, toRows, anchors, toAnchors, scores, mask, row, bias, guideRows, guideAnchors, doubles] =
    memory.allocate([
      count * columns,
      needs(differentiate, count * columns),
      block * columns,
      needs(differentiate, block * columns),
      scoreCount,
      scoreCount,
      needs(hardness.beta > 0, count),
      needs(logProbabilities !== null, count),
      count * guideColumns,
      block * guideColumns,
      needs(normalize || guide !== null, 2 * count),
    ]) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
  if (logProbabilities !== null) bias.set(logProbabilities);
  rows.set(documents.data);
  rows.set(queries.data, documents.data.length);
  const inverses = asDoubles(doubles);
  if (guide !== null) {
    guideRows.set(guide.documents.data);
    guideRows.set(guide.queries.data, guide.documents.data.length);
    memory.normalizeRows(guideRows, guideColumns, inverses);
  }
  if (normalize) memory.normalizeRows(rows, columns, inverses);
  return {
    problem,
    memory,
    rows,
    inverses,
    toRows,
    scratch: { anchors, toAnchors, scores, mask, row, bias, guide: guideRows, guideAnchors },
  };
};

/** Position of each anchor of a side among the rows of both. */
export const rowOf = ({ problem }: NegativeRows, side: 'query' | 'document', row: number): number =>
  side === 'query' ? problem.documents.rows + row : row;

type Block = readonly [from: number, to: number];

const isWhole = ({ rows, side }: AnchorSide, { queries, documents }: InfoNceProblem): boolean =>
  rows.length === (side === 'query' ? queries : documents).rows;

/** A block's anchors, one after another: where they lie if all rows are anchors, else gathered. */
const anchorRows = (
  all: NegativeRows,
  side: AnchorSide,
  [from, to]: Block,
  source: Float32Array,
  columns: number,
  gathered: Float32Array,
): Float32Array => {
  if (isWhole(side, all.problem)) {
    const start = rowOf(all, side.side, from);
    return source.subarray(start * columns, (start + to - from) * columns);
  }
  for (let r = from; r < to; r++) {
    const start = rowOf(all, side.side, side.rows[r]!) * columns;
    gathered.set(source.subarray(start, start + columns), (r - from) * columns);
  }
  return gathered.subarray(0, (to - from) * columns);
};

/** The candidates of a side, where they lie. */
const candidateRows = (
  { problem: { queries, documents } }: NegativeRows,
  { sources }: AnchorSide,
  source: Float32Array,
  columns: number,
): Float32Array =>
  source.subarray(
    sources.documents ? 0 : documents.rows * columns,
    (documents.rows + (sources.queries ? queries.rows : 0)) * columns,
  );

/** The score of row `i` with row `j`. */
export const scoreOf = (rows: Float32Array, columns: number, i: number, j: number): number => {
  let sum = 0;
  for (let d = 0; d < columns; d++) sum += rows[i * columns + d]! * rows[j * columns + d]!;
  return sum;
};

/**
 * Goes through the anchors of a side in blocks: n_r = log Σ exp(z_rk) over the negatives of anchor r, −∞ without any,
 * or with hardness log Σ γ exp(z). What `pull` makes of n_r is ∂L/∂n_r, whose gradient is added to the rows where
 * `differentiate` is set.
 *
 * @returns ∂L/∂(1/τ) through the negatives.
 */
export const throughNegatives = (
  all: NegativeRows,
  side: AnchorSide,
  differentiate: boolean,
  pull: (anchor: number, total: number) => number,
): number => {
  const { problem, memory, rows, toRows, scratch } = all;
  const width = problem.queries.columns;
  const columns = columnsOf(side, problem);
  const step = blockOf(side, problem);
  const bias =
    problem.logProbabilities !== null && side.sources.documents ? scratch.bias.subarray(0, columns) : null;
  let toScale = 0;
  for (let from = 0; from < side.rows.length; from += step) {
    const block: Block = [from, Math.min(side.rows.length, from + step)];
    const height = block[1] - from;
    if (columns === 0) {
      for (let r = from; r < block[1]; r++) pull(r, -Infinity);
      continue;
    }
    side.exclude(...block, scratch.mask.fill(0, 0, height * columns));
    const penalized = problem.hardness.alpha === 0 ? undefined : side.penalized?.(...block);
    if (problem.guide !== null) maskByGuide(all, side, block, columns);
    const anchors = anchorRows(all, side, block, rows, width, scratch.anchors);
    const candidates = candidateRows(all, side, rows, width);
    const scores = scratch.scores.subarray(0, height * columns);
    const outer = { aRow: width, aColumn: 1, bRow: 1, bColumn: width, m: height, n: columns, k: width };
    memory.product({ ...outer, a: anchors, b: candidates, c: scores, add: false });
    for (let r = 0; r < height; r++) {
      const row = scores.subarray(r * columns, (r + 1) * columns);
      const mask = scratch.mask.subarray(r * columns, (r + 1) * columns);
      const shares = sharesOf(all, row, mask, bias, penalized?.subarray(r * columns, (r + 1) * columns));
      const weight = pull(from + r, shares.total);
      if (differentiate) toScale += shares.write(weight);
    }
    if (!differentiate) continue;
    const whole = isWhole(side, problem);
    const start = rowOf(all, side.side, from) * width;
    const toAnchors = whole ? toRows.subarray(start, start + height * width) : scratch.toAnchors;
    const inner = { bRow: width, bColumn: 1, n: width };
    memory.product({
      ...inner,
      a: scores,
      aRow: columns,
      aColumn: 1,
      b: candidates,
      c: toAnchors,
      m: height,
      k: columns,
      add: whole,
    });
    const toCandidates = candidateRows(all, side, toRows, width);
    memory.product({
      ...inner,
      a: scores,
      aRow: 1,
      aColumn: columns,
      b: anchors,
      c: toCandidates,
      m: columns,
      k: height,
      add: true,
    });
    if (!whole) {
      for (let r = 0; r < height; r++) {
        const row = rowOf(all, side.side, side.rows[from + r]!) * width;
        for (let d = 0; d < width; d++) toRows[row + d]! += toAnchors[r * width + d]!;
      }
    }
  }
  return toScale;
};

/** The total of a row of scores, and what writes weight · ∂n/∂score in their place. */
const sharesOf = (
  { problem, memory, scratch }: NegativeRows,
  row: Float32Array,
  mask: Float32Array,
  bias: Float32Array | null,
  penalized: Float32Array | undefined,
) => {
  const { beta, alpha } = problem.hardness;
  const scale = 1 / problem.temperature;
  const factor = penalized === undefined ? scale + alpha : scale;
  const cosines = penalized === undefined ? null : row.slice();
  if (penalized !== undefined) {
    for (let k = 0; k < row.length; k++) row[k]! *= 1 + alpha * penalized[k]! * problem.temperature;
  }
  const second = scratch.row.subarray(0, row.length);
  if (beta > 0) second.set(row);
  const one = memory.exponentials(row, mask, bias, factor, 1 + beta);
  const two = beta > 0 ? memory.exponentials(second, mask, bias, factor, beta) : null;
  // What a penalty is added to in part no longer holds the scores that Σ x exp(z) is about.
  const weighted =
    cosines === null
      ? one.weighted
      : row.reduce((sum, share, k) => (share === 0 ? sum : sum + share * cosines[k]!), 0);
  const none = one.largest === -Infinity;
  const logOf = ({ largest, sum }: { largest: number; sum: number }): number => largest + Math.log(sum);
  return {
    total: none ? -Infinity : logOf(one) - (two === null ? 0 : logOf(two)),
    write: (weight: number): number => {
      if (none || weight === 0) {
        row.fill(0);
        return 0;
      }
      const first = (weight * (1 + beta)) / one.sum;
      const less = two === null ? 0 : (weight * beta) / two.sum;
      const [a, b] = [first * scale, less * scale];
      if (two === null) memory.scale(row, a);
      else for (let k = 0; k < row.length; k++) row[k] = row[k]! * a - second[k]! * b;
      return first * weighted - less * (two?.weighted ?? 0);
    },
  };
};

/** Masks candidates that the guide scores above what it gives to the lowest positive, less a margin. */
const maskByGuide = (all: NegativeRows, side: AnchorSide, block: Block, columns: number): void => {
  const { problem, memory, scratch } = all;
  const { margin, marginType, queries } = problem.guide!;
  const width = queries.columns;
  const [from, to] = block;
  const limits = new Float64Array(side.rows.length).fill(Infinity);
  side.positiveAnchor.forEach((anchor, p) => {
    const other = side.side === 'query' ? 'document' : 'query';
    const [i, j] = [rowOf(all, side.side, side.rows[anchor]!), rowOf(all, other, side.positiveOther[p]!)];
    limits[anchor] = Math.min(limits[anchor]!, scoreOf(scratch.guide, width, i, j));
  });
  const similarities = scratch.scores.subarray(0, (to - from) * columns);
  memory.product({
    a: anchorRows(all, side, block, scratch.guide, width, scratch.guideAnchors),
    aRow: width,
    aColumn: 1,
    b: candidateRows(all, side, scratch.guide, width),
    bRow: 1,
    bColumn: width,
    c: similarities,
    m: to - from,
    n: columns,
    k: width,
    add: false,
  });
  for (let r = from; r < to; r++) {
    const lowest = limits[r]!;
    const limit = lowest - (marginType === 'absolute' ? margin : Math.abs(lowest) * margin);
    for (let k = 0, at = (r - from) * columns; k < columns; k++, at++) {
      if (similarities[at]! > limit) scratch.mask[at] = 1;
    }
  }
};
