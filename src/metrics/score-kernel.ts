import type { DenseMatrix } from '../numerics/index.js';
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
  /** No score of the query against a held document is off by more than this times both rows' lengths. */
  relativeError(query: number): number;
}

interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => {
    readonly exports: {
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
    };
  };
}

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
 * Rounds rows and puts them as groups of `width`, a pair of columns after another; empty rows at the end.
 *
 * @param scales What a unit of each row is worth.
 * @returns How far each row was moved, over its length.
 */
const pack = (
  { data, columns, rows }: DenseMatrix,
  lengths: Float64Array,
  width: number,
  out: Int16Array,
  scales: Float32Array,
): Float64Array => {
  const pairs = (columns + 1) >> 1;
  out.fill(0);
  scales.fill(0);
  const moved = new Float64Array(scales.length);
  for (let row = 0; row < rows; row++) {
    const length = lengths[row]!;
    if (length === 0) continue;
    const unit = SCALE / length;
    const lane = row % width;
    const jump = 2 * width;
    let to = (row - lane) * pairs * 2 + lane * 2;
    let from = row * columns;
    let squares = 0;
    for (let pair = 0; pair < pairs; pair++, to += jump) {
      const a = data[from++]! * unit;
      const x = Math.round(a);
      out[to] = x;
      squares += (a - x) * (a - x);
      if (2 * pair + 1 === columns) break;
      const b = data[from++]! * unit;
      const y = Math.round(b);
      out[to + 1] = y;
      squares += (b - y) * (b - y);
    }
    scales[row] = length / SCALE;
    moved[row] = Math.sqrt(squares) / SCALE;
  }
  return moved;
};

/** Null where WebAssembly or its SIMD instructions are missing or forbidden, or the memory cannot be had. */
export const createScoreKernel = ({ columns, queries, step, documents }: ScoreTile): ScoreKernel | null => {
  try {
    const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
    const bytes = Uint8Array.from(atob(scoreModule), (letter) => letter.charCodeAt(0));
    const pairs = (columns + 1) >> 1;
    const qs = 16;
    const ds = qs + 4 * queries;
    const d = ds + 4 * documents;
    const c = d + 4 * documents * pairs;
    const q = c + 4 * step * documents;
    const memory = new api.Memory({ initial: Math.ceil((q + 4 * queries * pairs) / PAGE_BYTES) });
    const { exports } = new api.Instance(new api.Module(bytes), { env: { memory } });
    const out = new Float32Array(memory.buffer, c, step * documents);
    const heldQueries = new Int16Array(memory.buffer, q, 2 * queries * pairs);
    const heldDocuments = new Int16Array(memory.buffer, d, 2 * documents * pairs);
    const queryScales = new Float32Array(memory.buffer, qs, queries);
    const documentScales = new Float32Array(memory.buffer, ds, documents);
    let queriesMoved = new Float64Array(queries);
    let documentsMoved = 0;
    return {
      holdQueries(matrix, lengths) {
        queriesMoved = pack(matrix, lengths, GROUP, heldQueries, queryScales) as typeof queriesMoved;
      },
      holdDocuments(matrix, lengths) {
        documentsMoved = pack(matrix, lengths, PANEL, heldDocuments, documentScales).reduce(
          (most, moved) => Math.max(most, moved),
          0,
        );
      },
      score(first) {
        const [from, scales] = [q + 4 * first * pairs, qs + 4 * first];
        exports.scores(from, d, c, scales, ds, step / GROUP, documents / PANEL, pairs);
        return out;
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
