import { dotProductsModule } from './dot-products-module.js';
import { paddedColumns, type QuantizedQuery } from './quantize.js';

/** The part of the WebAssembly API in use; the project compiles without the DOM's types. */
interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => unknown;
  readonly Instance: new (
    module: unknown,
    imports: unknown,
  ) => { readonly exports: { readonly dotProducts: DotProducts } };
}

type DotProducts = (
  query: number,
  rows: number,
  count: number,
  columns: number,
  scale: number,
  scales: number,
  scores: number,
) => void;

const PAGE = 65_536;
/** What one WebAssembly memory holds at most; an index beyond it takes several. */
const SHARD_BYTES = 1 << 30;

interface Shard {
  readonly start: number;
  readonly codes: Uint8Array;
  readonly scales: Float32Array;
  readonly run: (query: QuantizedQuery, out: Float32Array) => void;
}

const align = (bytes: number): number => (bytes + 15) & ~15;

const createShard = (module: unknown, start: number, count: number, stride: number): Shard => {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const scalesAt = stride * 2;
  const scoresAt = align(scalesAt + count * 4);
  const rowsAt = align(scoresAt + count * 4);
  const memory = new api.Memory({ initial: Math.ceil((rowsAt + count * stride) / PAGE) });
  const { dotProducts } = new api.Instance(module, { env: { memory } }).exports;
  const codes = new Int16Array(memory.buffer, 0, stride);
  const scores = new Float32Array(memory.buffer, scoresAt, count);
  return {
    start,
    codes: new Uint8Array(memory.buffer, rowsAt, count * stride),
    scales: new Float32Array(memory.buffer, scalesAt, count),
    run: (query, out) => {
      codes.set(query.codes);
      dotProducts(0, rowsAt, count, stride, query.scale, scalesAt, scoresAt);
      out.set(scores, start);
    },
  };
};

/** Quantised rows in memory, and their dot products with one query at a time. */
export interface RowScorer {
  /** Where the codes of the rows go, in order: pieces that together hold rows × padded columns bytes. */
  readonly pieces: readonly Uint8Array[];
  setScales(scales: Float32Array): void;
  /** Every row's dot product with the query, as far as their codes tell, into `out` [rows]. */
  scoreAll(query: QuantizedQuery, out: Float32Array): void;
}

/** Room for the codes of rows × columns values, in WebAssembly memory that its SIMD kernel reads. */
export const createRowScorer = (rows: number, columns: number, shardBytes = SHARD_BYTES): RowScorer => {
  const { WebAssembly: api } = globalThis as unknown as { readonly WebAssembly: WebAssemblyApi };
  const module = new api.Module(Buffer.from(dotProductsModule, 'base64'));
  const stride = paddedColumns(columns);
  const perShard = Math.max(1, Math.floor(shardBytes / (stride + 8)));
  const shards = Array.from({ length: Math.ceil(rows / perShard) }, (_, i) =>
    createShard(module, i * perShard, Math.min(perShard, rows - i * perShard), stride),
  );
  return {
    pieces: shards.map(({ codes }) => codes),
    setScales: (scales) => {
      for (const shard of shards) {
        shard.scales.set(scales.subarray(shard.start, shard.start + shard.scales.length));
      }
    },
    scoreAll: (query, out) => {
      for (const shard of shards) shard.run(query, out);
    },
  };
};
