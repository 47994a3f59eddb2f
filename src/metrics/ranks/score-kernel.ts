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
 * Computes scores in its own memory from rows rounded to 16 bits.
 *
 * With x = a·(x̂ + e) and y = b·(ŷ + f), where x̂ and ŷ are what the rounded rows stand for: x·y is off by at most
 * a·b·(|e| + |f| + |e||f|), and |e| and |f| are known.
 */
export interface ScoreKernel {
  /** @param lengths Those of the rows, each 0 or of a size that float32 can square. */
  holdQueries(matrix: DenseMatrix, lengths: Float64Array): void;
  holdDocuments(matrix: DenseMatrix, lengths: Float64Array): void;
  /** Scores `step` held queries from `first` on against the held documents, into rows of `tile.documents`. */
  score(first: number): Float32Array;
  /** How many of the last scores [start, start + length) lie above `high`; −1 when one may lie in [low, high]. */
  countAbove(start: number, length: number, low: number, high: number): number;
  /** No score of the query against a held document is off by more than this times both rows' lengths. */
  relativeError(query: number): number;
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
  readonly countAbove: (scores: number, length: number, low: number, high: number) => number;
  readonly pack: (row: number, out: number, columns: number, jump: number, unit: number) => number;
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

/** Null where WebAssembly or its SIMD instructions are missing or forbidden, or the memory cannot be had. */
export const createScoreKernel = ({ columns, queries, step, documents }: ScoreTile): ScoreKernel | null => {
  try {
    instantiate ??= compileWasm(scoreModule);
    const width = 4 * Math.ceil(columns / 4);
    const pairs = width / 2;
    const qs = 16;
    const ds = qs + 4 * queries;
    const x = ds + 4 * documents;
    const d = x + 4 * width;
    const c = d + 4 * documents * pairs;
    const q = c + 4 * step * documents;
    const memory = createWasmMemory(Math.ceil((q + 4 * queries * pairs) / PAGE_BYTES));
    const exports = instantiate(memory);
    const out = new Float32Array(memory.buffer, c, step * documents);
    const row = new Float32Array(memory.buffer, x, width);
    /**
     * Rounds rows and puts them as groups of `group`, a pair of columns after another; empty rows at the end.
     *
     * @param scales What a unit of each row is worth.
     * @returns How far each row was moved, over its length.
     */
    const pack = (
      { data, rows }: DenseMatrix,
      lengths: Float64Array,
      group: number,
      to: number,
      scales: Float32Array,
    ) => {
      const moved = new Float64Array(scales.length);
      scales.fill(0);
      // Rows left from before count nothing: their scale is 0.
      for (let i = 0; i < rows; i++) {
        const length = lengths[i]!;
        if (length === 0) continue;
        row.set(data.subarray(i * columns, (i + 1) * columns));
        const lane = i % group;
        const place = to + 4 * ((i - lane) * pairs + lane);
        moved[i] = Math.sqrt(exports.pack(x, place, width, 4 * group, SCALE / length)) / SCALE;
        scales[i] = length / SCALE;
      }
      return moved;
    };
    const queryScales = new Float32Array(memory.buffer, qs, queries);
    const documentScales = new Float32Array(memory.buffer, ds, documents);
    let queriesMoved = new Float64Array(queries);
    let documentsMoved = 0;
    return {
      holdQueries(matrix, lengths) {
        queriesMoved = pack(matrix, lengths, GROUP, q, queryScales);
      },
      holdDocuments(matrix, lengths) {
        documentsMoved = pack(matrix, lengths, PANEL, d, documentScales).reduce(
          (most, moved) => Math.max(most, moved),
          0,
        );
      },
      score(first) {
        const [from, scales] = [q + 4 * first * pairs, qs + 4 * first];
        exports.scores(from, d, c, scales, ds, step / GROUP, documents / PANEL, pairs);
        return out;
      },
      countAbove(start, length, low, high) {
        // Both ends are passed as float32: moved outwards by more than that rounds them.
        const below = low - Math.abs(low) * 2 ** -22 - 2 ** -148;
        const beyond = high + Math.abs(high) * 2 ** -22 + 2 ** -148;
        return exports.countAbove(c + 4 * start, length, below, beyond);
      },
      relativeError(query) {
        const moved = queriesMoved[query]!;
        return (moved + documentsMoved + moved * documentsMoved + FLOAT_ERROR) * (1 + 1e-9);
      },
    };
  } catch {
    return null;
  }
};
