import { dotProductsModule } from './dot-products-module.js';

/** The part of the WebAssembly API in use; the project compiles without the DOM's types. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => unknown;
  readonly Instance: new (
    module: unknown,
    imports: unknown,
  ) => { readonly exports: { readonly dotProducts: DotProducts } };
}

type DotProducts = (query: number, rows: number, count: number, columns: number, scores: number) => void;

const PAGE = 65_536;
/** What one WebAssembly memory holds at most; an index beyond it takes several. */
const SHARD_BYTES = 1 << 30;

interface Shard {
  readonly start: number;
  readonly count: number;
  readonly query: Float32Array;
  readonly rows: Float32Array;
  readonly bytes: Uint8Array;
  readonly scores: Float32Array;
  readonly run: () => void;
}

const align = (bytes: number): number => (bytes + 15) & ~15;

const createShard = (module: unknown, start: number, count: number, columns: number): Shard => {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const rowsAt = align(columns * 4);
  const scoresAt = rowsAt + align(count * columns * 4);
  const memory = new api.Memory({ initial: Math.ceil((scoresAt + count * 4) / PAGE) });
  const { dotProducts } = new api.Instance(module, { env: { memory } }).exports;
  return {
    start,
    count,
    query: new Float32Array(memory.buffer, 0, columns),
    rows: new Float32Array(memory.buffer, rowsAt, count * columns),
    bytes: new Uint8Array(memory.buffer, rowsAt, count * columns * 4),
    scores: new Float32Array(memory.buffer, scoresAt, count),
    run: () => dotProducts(0, rowsAt, count, columns, scoresAt),
  };
};

/** Vectors in memory, and their dot products with one query at a time. */
export interface VectorScorer {
  readonly rows: number;
  readonly columns: number;
  /** Where rows go in as float32 bytes, in order: pieces that together hold rows × columns values. */
  readonly pieces: readonly Uint8Array[];
  /**
   * Every row's dot product in float32, into `out` [rows]. None is further from the true one than
   * {@link VectorScorer.errorBound}.
   */
  scoreAll(query: Float32Array, out: Float32Array): void;
  /** One row's dot product in float64, summed from the first column to the last. */
  scoreRow(query: Float32Array, row: number): number;
  /** How far a float32 score may be from the true one, for a query and a row of these lengths. */
  errorBound(queryNorm: number, rowNorm: number): number;
}

/** Room for rows × columns float32 values, in WebAssembly memory that its SIMD kernel reads. */
export const createVectorScorer = (rows: number, columns: number, shardBytes = SHARD_BYTES): VectorScorer => {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const module = new api.Module(Buffer.from(dotProductsModule, 'base64'));
  const perShard = Math.max(1, Math.floor(shardBytes / (columns * 4 + 4)));
  const shards = Array.from({ length: Math.ceil(rows / perShard) }, (_, i) =>
    createShard(module, i * perShard, Math.min(perShard, rows - i * perShard), columns),
  );
  return {
    rows,
    columns,
    pieces: shards.map(({ bytes }) => bytes),
    scoreAll: (query, out) => {
      for (const shard of shards) {
        shard.query.set(query);
        shard.run();
        out.set(shard.scores, shard.start);
      }
    },
    scoreRow: (query, row) => {
      const shard = shards[Math.floor(row / perShard)]!;
      const at = (row - shard.start) * columns;
      let sum = 0;
      for (let i = 0; i < columns; i++) sum += query[i]! * shard.rows[at + i]!;
      return sum;
    },
    // |fl(Σ qᵢdᵢ) − Σ qᵢdᵢ| ≤ γₙ Σ|qᵢdᵢ| ≤ γₙ‖q‖‖d‖, whatever the order of summation (Higham 2002, section 3.1).
    errorBound: (queryNorm, rowNorm) => {
      const unit = columns * 2 ** -24;
      return (unit / (1 - unit)) * queryNorm * rowNorm;
    },
  };
};
