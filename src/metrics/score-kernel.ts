import type { DenseMatrix } from '../numerics/index.js';
import { relaxedScoreModule, scoreModule } from './score-modules.js';

/** Queries and documents that the kernel takes at a time. */
const GROUP = 4;
const PANEL = 8;
/** Columns that stand together; as in wasm/scores.ts. */
const BLOCK = 256;
const PAGE_BYTES = 65_536;

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

/** Computes float32 scores in its own memory. */
export interface ScoreKernel {
  holdQueries(matrix: DenseMatrix, start: number, end: number): void;
  holdDocuments(matrix: DenseMatrix, start: number, end: number): void;
  /** Scores `step` held queries from `first` on against the held documents, into rows of `tile.documents`. */
  score(first: number): Float32Array;
  /** No score is further from the true one than this times both rows' lengths. */
  readonly relativeError: number;
}

interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: object } },
  ) => {
    readonly exports: {
      readonly scores: (q: number, d: number, c: number, groups: number, panels: number, k: number) => void;
    };
  };
  readonly validate: (bytes: Uint8Array) => boolean;
}

const bytesOf = (module: string) => Uint8Array.from(atob(module), (letter) => letter.charCodeAt(0));

/**
 * The largest relative error of a dot product of float32 rows that is summed in float32: γ(n) with n roundings on the
 * way of each product into the sum, over the product of the rows' lengths.
 *
 * @see Higham (2002), Accuracy and stability of numerical algorithms, section 3.1.
 */
export const relativeErrorOf = (roundings: number, unitRoundoff = 2 ** -24): number => {
  const share = (roundings + 1) * unitRoundoff;
  return share < 1 ? (share / (1 - share)) * (1 + 1e-9) : Number.POSITIVE_INFINITY;
};

/** Puts rows [start, end) as groups of `width` rows, column by column, one block of columns after another. */
const pack = (
  { data, columns }: DenseMatrix,
  start: number,
  end: number,
  width: number,
  out: Float32Array,
  rows: number,
) => {
  for (let first = 0; first < columns; first += BLOCK) {
    const block = Math.min(BLOCK, columns - first);
    for (let row = 0; row < rows; row++) {
      const lane = row % width;
      let to = first * rows + (row - lane) * block + lane;
      if (start + row >= end) {
        for (let t = 0; t < block; t++, to += width) out[to] = 0;
        continue;
      }
      let from = (start + row) * columns + first;
      for (let t = 0; t < block; t++, to += width) out[to] = data[from++]!;
    }
  }
};

/** Null where WebAssembly or its SIMD instructions are missing or forbidden, or the memory cannot be had. */
export const createScoreKernel = ({ columns, queries, step, documents }: ScoreTile): ScoreKernel | null => {
  try {
    const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
    const relaxed = bytesOf(relaxedScoreModule);
    const bytes = api.validate(relaxed) ? relaxed : bytesOf(scoreModule);
    // The columns of a query are in blocks of their own for every step, so that one call reads one stretch.
    const q = 16;
    const d = q + 4 * queries * columns;
    const c = d + 4 * documents * columns;
    const memory = new api.Memory({ initial: Math.ceil((c + 4 * step * documents) / PAGE_BYTES) });
    const { exports } = new api.Instance(new api.Module(bytes), { env: { memory } });
    const floats = (at: number, length: number) => new Float32Array(memory.buffer, at, length);
    const held = floats(d, documents * columns);
    const out = floats(c, step * documents);
    return {
      holdQueries(matrix, start, end) {
        for (let first = 0; first < queries && start + first < end; first += step) {
          pack(matrix, start + first, end, GROUP, floats(q + 4 * first * columns, step * columns), step);
        }
      },
      holdDocuments(matrix, start, end) {
        pack(matrix, start, end, PANEL, held, documents);
      },
      score(first) {
        exports.scores(q + 4 * first * columns, d, c, step / GROUP, documents / PANEL, columns);
        return out;
      },
      // A product is rounded once, then added to at most a block of others, then to the sums of other blocks.
      relativeError: relativeErrorOf(1 + Math.min(columns, BLOCK) + Math.ceil(columns / BLOCK)),
    };
  } catch {
    return null;
  }
};
