import { compileWasm, createWasmMemory, type DenseMatrix } from '../../numerics/index.js';
import { scoreModule } from './score-module.js';

/** Queries and documents that the kernel takes at a time. */
const GROUP = 4;
const PANEL = 8;
const PAGE_BYTES = 65_536;
/** The length of a row in whole numbers: its numbers fit 16 bits, a product of two rows 32. */
const SCALE = 32_767;
/** Rounding to float32 of the sum, of both scales and of their products. */
const FLOAT_ERROR = 6 * 2 ** -24;

/** A shorter row counts as 0: float32 could not hold what it is worth. */
const SHORTEST = 1e-15;
/** More than float32 arithmetic can move a margin, relatively. */
const SLACK = 1 + 2 ** -20;

/** The shape of one call: rows already rounded up to whole groups and panels. */
export interface ScoreTile {
  readonly columns: number;
  /** Queries held at a time, a multiple of `step`. */
  readonly queries: number;
  /** Queries scored at a time, a multiple of 4. */
  readonly step: number;
  /** Documents held and scored at a time, a multiple of 8. */
  readonly documents: number;
}

/**
 * Computes scores in its own memory from rows rounded to 16 bits: products of queries with documents less the center that
 * each is nearest to. What a query has in common with all documents of a center says nothing about their order, and without
 * it rows that are nearly equal keep what tells them apart.
 *
 * With x = a·(x̂ + e) and y = b·(ŷ + f), where x̂ and ŷ are what the rounded rows stand for: x·y is off by at most
 * a·b·(|e| + |f| + |e||f|), and |e| and |f| are known.
 */
export interface ScoreKernel {
  /** @param lengths Those of the rows, each 0 or of a size that float32 can square. */
  holdQueries(matrix: DenseMatrix, lengths: Float64Array): void;
  holdDocuments(matrix: DenseMatrix): void;
  /** Which center is taken from each held document. */
  readonly centerOf: Uint8Array;
  /** Scores `step` held queries from `first` on against the held documents, into rows of `tile.documents`. */
  score(first: number): Float32Array;
  /**
   * Tells the last scores [start, start + length) of a query apart, the first of which is the first document's; each is off
   * by at most what rounding can do, and by `slack` besides.
   *
   * @returns How many may lie on either side of the level.
   */
  split(start: number, length: number, query: number, level: number, slack: number): number;
  /** What the last split found: how many lie above the level for certain, then the places of those that may. */
  readonly found: Uint32Array;
  /** No score of the query against a held document is off by more than this. */
  margin(query: number): number;
}

interface ScoreExports {
  readonly scores: (
    q: number,
    d: number,
    c: number,
    queryScales: number,
    documentScales: number,
    groups: number,
    panels: number,
    pairs: number,
  ) => void;
  readonly squaredDistance: (row: number, center: number, columns: number) => number;
  readonly pack: (
    row: number,
    center: number,
    out: number,
    columns: number,
    jump: number,
    unit: number,
  ) => number;
  readonly split: (
    scores: number,
    documentScales: number,
    length: number,
    level: number,
    slope: number,
    slack: number,
    out: number,
  ) => number;
  readonly splitBytes: (scores: number, length: number, out: number) => number;
  readonly exactScores: (q: number, d: number, out: number, columns: number, panels: number) => void;
}

let instantiate: ReturnType<typeof compileWasm<ScoreExports>> | undefined;

/** The largest relative error that rounding to 16 bits can make, for any rows of so many columns. */
export const worstRelativeError = (columns: number): number => {
  const rounding = Math.sqrt(columns) / (2 * SCALE);
  return (2 * rounding + rounding ** 2 + FLOAT_ERROR) * (1 + 1e-9);
};

/**
 * The largest relative error of a dot product that is summed in floating point: γ(n) with n roundings on the way of
 * each product into the sum, over the product of the rows' lengths.
 *
 * @see Higham (2002), Accuracy and stability of numerical algorithms, section 3.1.
 */
export const relativeErrorOf = (roundings: number, unitRoundoff = 2 ** -24): number => {
  const share = (roundings + 1) * unitRoundoff;
  return share < 1 ? (share / (1 - share)) * (1 + 1e-9) : Number.POSITIVE_INFINITY;
};

/**
 * Null where WebAssembly or its SIMD instructions are missing or forbidden, or the memory cannot be had.
 *
 * @param centers What is taken from documents, [G, columns], at most 256.
 */
export const createScoreKernel = (
  { columns, queries, step, documents }: ScoreTile,
  centers: DenseMatrix,
): ScoreKernel | null => {
  try {
    instantiate ??= compileWasm(scoreModule);
    const width = 4 * Math.ceil(columns / 4);
    const pairs = width / 2;
    const qs = 16;
    const ds = qs + 4 * queries;
    const x = ds + 4 * documents;
    const m = x + 4 * width;
    const zero = m + 4 * width * centers.rows;
    const n = zero + 4 * width;
    const d = 16 * Math.ceil((n + 4 * (documents + 1)) / 16);
    const c = d + 4 * documents * pairs;
    const q = c + 4 * step * documents;
    const memory = createWasmMemory(Math.ceil((q + 4 * queries * pairs) / PAGE_BYTES));
    const exports = instantiate(memory);
    const out = new Float32Array(memory.buffer, c, step * documents);
    const row = new Float32Array(memory.buffer, x, width);
    const found = new Uint32Array(memory.buffer, n, documents + 1);
    const centerAt = (g: number): number => m + 4 * width * g;
    for (let g = 0; g < centers.rows; g++) {
      new Float32Array(memory.buffer, centerAt(g), width).set(
        centers.data.subarray(g * columns, (g + 1) * columns),
      );
    }
    const centerOf = new Uint8Array(documents);
    const queryScales = new Float32Array(memory.buffer, qs, queries);
    const documentScales = new Float32Array(memory.buffer, ds, documents);
    const queryLengths = new Float64Array(queries);
    const queriesMoved = new Float64Array(queries);
    /** How far rounding moved a document, over its length, at most. */
    let documentsMoved = 0;
    let longest = 0;
    /** The length of the longest document that counts as 0. */
    let dropped = 0;
    /**
     * Rounds a row and puts it among groups of `group`, a pair of columns after another.
     *
     * @returns How far it was moved, over its length.
     */
    const packRow = (i: number, length: number, from: number, group: number, to: number): number => {
      const lane = i % group;
      const place = to + 4 * ((i - lane) * pairs + lane);
      return Math.sqrt(exports.pack(x, from, place, width, 4 * group, SCALE / length)) / SCALE;
    };
    const relativeError = (query: number): number => {
      const moved = queriesMoved[query]!;
      return (moved + documentsMoved + moved * documentsMoved + FLOAT_ERROR) * (1 + 1e-9);
    };
    return {
      holdQueries({ data, rows }, lengths) {
        // Rows left from before count nothing: their scale is 0.
        queryScales.fill(0);
        queryLengths.fill(0);
        queryLengths.set(lengths);
        for (let i = 0; i < rows; i++) {
          const length = lengths[i]!;
          if (length === 0) continue;
          row.set(data.subarray(i * columns, (i + 1) * columns));
          queriesMoved[i] = packRow(i, length, zero, GROUP, q);
          queryScales[i] = length / SCALE;
        }
      },
      holdDocuments({ data, rows }) {
        documentScales.fill(0);
        documentsMoved = 0;
        longest = 0;
        dropped = 0;
        for (let i = 0; i < rows; i++) {
          row.set(data.subarray(i * columns, (i + 1) * columns));
          let nearest = exports.squaredDistance(x, m, width);
          centerOf[i] = 0;
          for (let g = 1; g < centers.rows; g++) {
            const distance = exports.squaredDistance(x, centerAt(g), width);
            if (distance < nearest) [nearest, centerOf[i]] = [distance, g];
          }
          const length = Math.sqrt(nearest);
          if (length < SHORTEST) {
            dropped = Math.max(dropped, length);
            continue;
          }
          documentsMoved = Math.max(documentsMoved, packRow(i, length, centerAt(centerOf[i]!), PANEL, d));
          documentScales[i] = length / SCALE;
          longest = Math.max(longest, length);
        }
      },
      centerOf,
      score(first) {
        const [from, scales] = [q + 4 * first * pairs, qs + 4 * first];
        exports.scores(from, d, c, scales, ds, step / GROUP, documents / PANEL, pairs);
        return out;
      },
      split(start, length, query, level, slack) {
        const slope = relativeError(query) * queryLengths[query]! * SCALE;
        // What is passed as float32 is moved by more than that rounds it.
        const fixed = slack + queryLengths[query]! * dropped + Math.abs(level) * 2 ** -22 + 2 ** -140;
        return exports.split(c + 4 * start, ds, length, level, slope * SLACK, fixed * SLACK, n);
      },
      found,
      margin(query) {
        return (relativeError(query) * longest + dropped) * queryLengths[query]! * (1 + 1e-9);
      },
    };
  } catch {
    return null;
  }
};

/** Memory for scores that others compute, and what tells them apart there. */
export interface SplitKernel {
  /** [rows × documents]. */
  readonly scores: Float32Array;
  /** What the margin of each document's scores is proportional to, [documents]. */
  readonly scales: Float32Array;
  /** As {@link ScoreKernel.split}, with a margin of slope · scale + slack. */
  split(start: number, length: number, level: number, slope: number, slack: number): number;
  readonly found: Uint32Array;
}

/** Null where {@link createScoreKernel} is. */
export const createSplitKernel = (rows: number, documents: number): SplitKernel | null => {
  try {
    instantiate ??= compileWasm(scoreModule);
    const ds = 16;
    const n = ds + 4 * documents;
    const c = 16 * Math.ceil((n + 4 * (documents + 1)) / 16);
    const memory = createWasmMemory(Math.ceil((c + 4 * rows * documents + 16) / PAGE_BYTES));
    const { split } = instantiate(memory);
    return {
      scores: new Float32Array(memory.buffer, c, rows * documents),
      scales: new Float32Array(memory.buffer, ds, documents),
      found: new Uint32Array(memory.buffer, n, documents + 1),
      split(start, length, level, slope, slack) {
        // What is passed as float32 is moved by more than that rounds it.
        const fixed = slack + Math.abs(level) * 2 ** -22 + 2 ** -140;
        return split(c + 4 * start, ds, length, level, slope * SLACK, fixed * SLACK, n);
      },
    };
  } catch {
    return null;
  }
};

/** Memory for scores in whole numbers that others compute, and what tells them apart there. */
export interface ByteSplitKernel {
  /** [rows × documents]. */
  readonly scores: Int8Array;
  /** How many of scores [start, start + length) lie from −2 to 2; see {@link ScoreKernel.split}. */
  split(start: number, length: number): number;
  readonly found: Uint32Array;
}

/** Null where {@link createScoreKernel} is. */
export const createByteSplitKernel = (rows: number, documents: number): ByteSplitKernel | null => {
  try {
    instantiate ??= compileWasm(scoreModule);
    const n = 16;
    const c = 16 * Math.ceil((n + 4 * (documents + 1)) / 16);
    const memory = createWasmMemory(Math.ceil((c + rows * documents + 16) / PAGE_BYTES));
    const { splitBytes } = instantiate(memory);
    return {
      scores: new Int8Array(memory.buffer, c, rows * documents),
      found: new Uint32Array(memory.buffer, n, documents + 1),
      split: (start, length) => splitBytes(c + start, length, n),
    };
  } catch {
    return null;
  }
};

const EXACT_PANEL = 16;

/** Exact scores of one query after another against documents that are held. */
export interface ExactKernel {
  hold(chunk: DenseMatrix): void;
  /** Dot products as `dotProduct` sums them, one for each document held; valid until the next call. */
  score(queries: DenseMatrix, query: number): Float64Array;
}

/** Null where {@link createScoreKernel} is. */
export const createExactKernel = (columns: number, documents: number): ExactKernel | null => {
  try {
    instantiate ??= compileWasm(scoreModule);
    const panels = Math.ceil(documents / EXACT_PANEL);
    const q = 16;
    const out = q + 8 * (columns + (columns % 2));
    const d = out + 8 * panels * EXACT_PANEL;
    const memory = createWasmMemory(Math.ceil((d + 8 * panels * EXACT_PANEL * columns) / PAGE_BYTES));
    const { exactScores } = instantiate(memory);
    const query = new Float64Array(memory.buffer, q, columns);
    const held = new Float64Array(memory.buffer, d, panels * EXACT_PANEL * columns);
    const scores = new Float64Array(memory.buffer, out, documents);
    return {
      hold({ data, rows }) {
        for (let i = 0; i < rows; i++) {
          const lane = i % EXACT_PANEL;
          for (let t = 0, at = (i - lane) * columns + lane; t < columns; t++, at += EXACT_PANEL) {
            held[at] = data[i * columns + t]!;
          }
        }
      },
      score({ data }, row) {
        query.set(data.subarray(row * columns, (row + 1) * columns));
        exactScores(q, d, out, columns, panels);
        return scores;
      },
    };
  } catch {
    return null;
  }
};
