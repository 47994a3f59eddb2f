import {
  type Relevance,
  type RelevantRanks,
  type RelevantRanksByProductsOptions,
  type RowProducts,
  relevantRanksByProducts,
  type Vectors,
} from '../../metrics/index.js';
import { checkOptions, type DenseMatrix, type OptionNames } from '../../numerics/index.js';
import { type Graph, TYPE_NUMBERS } from '../graph/graph.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import { GraphSession } from './graph-session.js';
import { loadOnnxRuntime, type OnnxRuntime } from './load-runtime.js';

/** Products of rows by ONNX Runtime. */
export interface NativeProducts extends Required<RowProducts> {
  /** Frees the sessions. */
  close(): Promise<void>;
}

/** How {@link nativeProducts} computes. */
export interface NativeProductsOptions {
  /** Threads of one product. @defaultValue one for each core */
  readonly threads?: number;
  /** @defaultValue what {@link loadOnnxRuntime} loads */
  readonly runtime?: OnnxRuntime;
}

const PRODUCTS_OPTIONS: OptionNames<NativeProductsOptions> = { threads: true, runtime: true };

/**
 * Dot products of rows at the speed of a BLAS, for `relevantRanksByProducts`: the matrix product of ONNX Runtime.
 *
 * @throws Error with the install command when `onnxruntime-node` is not there or too old.
 *
 * Time O(B·C·D) for B queries and C documents of D numbers; memory O(B·C).
 *
 * @example
 * ```ts
 * import { nativeProducts } from 'oasis-embed/onnx';
 *
 * const products = await nativeProducts({ threads: 1 });
 * const rows = { data: Float32Array.of(3, 4), rows: 1, columns: 2 };
 * const out = new Float32Array(1);
 * await products.multiply(rows, rows, out);
 * console.log(out[0]); // 25
 * await products.close();
 * ```
 */
export const nativeProducts = async (options: NativeProductsOptions = {}): Promise<NativeProducts> => {
  checkOptions('nativeProducts', options, PRODUCTS_OPTIONS);
  const { threads, runtime } = options;
  const loaded = runtime ?? (await loadOnnxRuntime());
  const plain = await GraphSession.create(loaded, productGraph(false), { threads });
  const rounded = await GraphSession.create(loaded, productGraph(true), { threads }).catch(async (error) => {
    await plain.close();
    throw error;
  });
  const ownQueries = ownMemory();
  const ownDocuments = ownMemory();
  const feedsOf = (queries: DenseMatrix, documents: DenseMatrix) =>
    new Map([
      ['queries', ownQueries(queries)],
      ['documents', ownDocuments(documents)],
    ]);
  const sizesOf = (queries: DenseMatrix, documents: DenseMatrix) => ({
    B: queries.rows,
    C: documents.rows,
    D: queries.columns,
  });
  return {
    async multiply(queries, documents, out) {
      const feeds = feedsOf(queries, documents);
      await plain.run(feeds, sizesOf(queries, documents), new Map([['scores', out]]));
    },
    async multiplyRounded(queries, documents, shifts, out) {
      const feeds = feedsOf(queries, documents).set('shifts', shifts);
      await rounded.run(feeds, sizesOf(queries, documents), new Map([['scores', out]]));
    },
    async close() {
      await plain.close();
      await rounded.close();
    },
  };
};

/** A graph from `queries` [B, D] and `documents` [C, D] to `scores` [B, C]; rounded, with `shifts` [B, 1]. */
const productGraph = (rounded: boolean): Graph => {
  const graph = new GraphBuilder();
  const queries = graph.input('queries', 'float32', ['B', 'D']);
  const documents = graph.input('documents', 'float32', ['C', 'D']);
  const added = rounded ? [graph.input('shifts', 'float32', ['B', 1])] : [];
  const products = graph.add('Gemm', [queries, documents, ...added], ['B', 'C'], { transB: 1 });
  const named = { name: 'scores', type: rounded ? 'int8' : 'float32', shape: ['B', 'C'] } as const;
  if (!rounded) return graph.build([graph.alias(products, named)]);
  const zero = graph.add('Cast', [graph.integers(0)], [], { to: TYPE_NUMBERS.int8 }, { type: 'int8' });
  const inputs = [products, graph.floats(1), zero];
  const codes = graph.add('QuantizeLinear', inputs, ['B', 'C'], {}, { type: 'int8' });
  return graph.build([graph.alias(codes, named)]);
};

/** ONNX Runtime takes no shared memory: rows that lie there are copied, once while they stay. */
const ownMemory = () => {
  let held: DenseMatrix | null = null;
  let copy = new Float32Array(0);
  return (rows: DenseMatrix): Float32Array => {
    if (typeof SharedArrayBuffer === 'undefined' || !(rows.data.buffer instanceof SharedArrayBuffer))
      return rows.data;
    if (held !== rows) {
      if (copy.length !== rows.data.length) copy = new Float32Array(rows.data.length);
      copy.set(rows.data);
      held = rows;
    }
    return copy;
  };
};

/** Options of {@link relevantRanksNatively}. */
export type RelevantRanksNativelyOptions = Omit<RelevantRanksByProductsOptions, 'unitRoundoff'> &
  NativeProductsOptions;

const RANKS_OPTIONS: OptionNames<RelevantRanksNativelyOptions> = {
  ...PRODUCTS_OPTIONS,
  ties: true,
  documentIds: true,
  exclude: true,
  onProgress: true,
  blockSize: true,
  chunkSize: true,
  signal: true,
};

/**
 * The ranks of `relevantRanks`, the same to the bit, with rows multiplied by ONNX Runtime: on processors with wide vector
 * instructions several times as fast.
 *
 * @param queries [Q, D], in memory or in a file.
 * @param corpus [N, D], in memory or in a file.
 * @param relevance Pairs, or one document per query [Q].
 * @throws RangeError as `relevantRanks` does; Error as {@link nativeProducts} does.
 *
 * Time and memory as `relevantRanksByProducts`, with the products on all cores.
 *
 * @example
 * ```ts
 * import { relevantRanksNatively } from 'oasis-embed/onnx';
 *
 * const queries = { data: Float32Array.of(1, 0, 0, 1), rows: 2, columns: 2 };
 * const corpus = { data: Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.1, 0.9), rows: 3, columns: 2 };
 * console.log(Array.from((await relevantRanksNatively(queries, corpus, [1, 2])).ranks)); // [2, 1]
 * ```
 */
export const relevantRanksNatively = async (
  queries: Vectors,
  corpus: Vectors,
  relevance: Relevance,
  options: RelevantRanksNativelyOptions = {},
): Promise<RelevantRanks> => {
  checkOptions('relevantRanksNatively', options, RANKS_OPTIONS);
  const { threads, runtime, ...rest } = options;
  const products = await nativeProducts({
    ...(threads === undefined ? {} : { threads }),
    ...(runtime === undefined ? {} : { runtime }),
  });
  try {
    return await relevantRanksByProducts(products, queries, corpus, relevance, rest);
  } finally {
    await products.close();
  }
};
