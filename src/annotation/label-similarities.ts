import type { DenseMatrix, IndexedPairs } from '../numerics/index.js';
import { checkOptions, type OptionNames } from '../numerics/index.js';
import type { Embedder } from './models.js';
import { toUnitRows } from './unit-rows.js';
import { embedToShards } from './vector-shards.js';

/** How a cosine in [-1, 1] becomes a label in [0, 1): clip = max(0, cos), affine = (1 + cos) / 2. */
export type SimilarityMap = 'clip' | 'affine';

/** Options of {@link labelSimilarities}. */
export interface LabelSimilaritiesOptions {
  /** @defaultValue 'clip' */
  readonly map?: SimilarityMap;
  /** Texts handed to the embedder at a time, and texts in a shard. @defaultValue 4096 */
  readonly batchSize?: number;
  /**
   * Keeps the vectors in this folder, as float16 shards that an interrupted call resumes from and a repeated one
   * reads (see `embedToShards`); labels then carry the rounding of float16, about 1e-4.
   * @defaultValue null, in memory as float32
   */
  readonly shards?: string | null;
  readonly signal?: AbortSignal;
  /** Called after each batch with the count of texts embedded. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The largest label: the float32 just below 1. */
export const LARGEST_SIMILARITY = 1 - 2 ** -24;

const LABEL_SIMILARITIES_OPTIONS: OptionNames<LabelSimilaritiesOptions> = {
  map: true,
  batchSize: true,
  shards: true,
  signal: true,
  onProgress: true,
};

/**
 * Labels pairs with the similarity of their texts, as a labeling model sees it.
 *
 * s = map(q̂ · d̂), with q̂ and d̂ the embeddings at unit length, then capped to [0, 1 − 2⁻²⁴].
 *
 * Each distinct text that a pair uses is embedded once per role, however many pairs use it. A zero vector has cosine 0
 * with every other. Without pairs, the result is empty and no call is made.
 *
 * @param embedder The labeling model.
 * @param queries Texts that `pairs.query` points into.
 * @param documents Texts that `pairs.document` points into.
 * @param pairs [P] each, indices.
 * @returns [P], in [0, 1).
 * @throws RangeError when an index is out of range or the two lists differ in length; TypeError when the
 * embedder gives another number of rows than texts, other sizes for queries and documents, or a value that is
 * not finite.
 *
 * Time O(P·D) on top of the embedding; memory one vector for each distinct text, or with `shards` a fixed number of
 * shards.
 *
 * @example
 * ```ts
 * import { type Embedder, labelSimilarities } from 'oasis-embed/annotation';
 * const letters: Embedder = {
 *   name: 'letters',
 *   embed: async (texts) => {
 *     const data = new Float32Array(texts.length * 26);
 *     texts.forEach((text, row) => {
 *       for (const c of text.toLowerCase().match(/[a-z]/g) ?? []) data[row * 26 + c.charCodeAt(0) - 97]! += 1;
 *     });
 *     return { data, rows: texts.length, columns: 26 };
 *   },
 * };
 * const pairs = { query: [0, 0], document: [0, 1] };
 * console.log(await labelSimilarities(letters, ['add'], ['dad', 'xyz'], pairs, { map: 'clip' })); // about [1, 0]
 * ```
 */
export const labelSimilarities = async (
  embedder: Embedder,
  queries: readonly string[],
  documents: readonly string[],
  pairs: IndexedPairs,
  options: LabelSimilaritiesOptions = {},
): Promise<Float32Array> => {
  checkOptions('labelSimilarities', options, LABEL_SIMILARITIES_OPTIONS);
  const { map = 'clip', batchSize = 4096, shards = null, signal, onProgress } = options;
  const count = pairs.query.length;
  if (pairs.document.length !== count) {
    throw new RangeError(
      `pairs.document must have shape [P] = [${count}], received [${pairs.document.length}]`,
    );
  }
  const used = {
    query: distinctTexts(queries, pairs.query, 'query'),
    document: distinctTexts(documents, pairs.document, 'document'),
  };
  const total = used.query.texts.length + used.document.texts.length;
  let done = 0;
  const embedAll = async (role: 'query' | 'document', texts: readonly string[]): Promise<Rows> => {
    if (shards !== null) {
      const before = done;
      const stored = await embedToShards(embedder, texts, shards, {
        role,
        shardRows: batchSize,
        ...(signal === undefined ? {} : { signal }),
        onProgress: (embedded) => onProgress?.(before + embedded, total),
      });
      done += texts.length;
      return stored;
    }
    let vectors: DenseMatrix | null = null;
    for (let start = 0; start < texts.length; start += batchSize) {
      const batch = texts.slice(start, start + batchSize);
      const part = await embedder.embed(batch, { role, ...(signal === undefined ? {} : { signal }) });
      checkRows(part, batch.length, vectors?.columns ?? part.columns, embedder.name);
      vectors ??= {
        data: new Float32Array(texts.length * part.columns),
        rows: texts.length,
        columns: part.columns,
      };
      vectors.data.set(part.data, start * part.columns);
      done += batch.length;
      onProgress?.(done, total);
    }
    if (vectors === null) return { columns: 0, row: () => new Float32Array(0) };
    const { data, columns } = toUnitRows(vectors, embedder.name);
    return { columns, row: (row) => data.subarray(row * columns, (row + 1) * columns) };
  };
  const queryVectors = await embedAll('query', used.query.texts);
  const documentVectors = await embedAll('document', used.document.texts);
  if (count > 0 && queryVectors.columns !== documentVectors.columns) {
    throw new TypeError(
      `${embedder.name} must embed queries and documents alike, received ${queryVectors.columns} and ` +
        `${documentVectors.columns} dimensions`,
    );
  }
  const { columns } = queryVectors;
  const labels = new Float32Array(count);
  for (let pair = 0; pair < count; pair++) {
    const q = queryVectors.row(used.query.row[pairs.query[pair]!]!);
    const d = documentVectors.row(used.document.row[pairs.document[pair]!]!);
    let cosine = 0;
    for (let i = 0; i < columns; i++) cosine += q[i]! * d[i]!;
    const label = map === 'affine' ? (1 + cosine) / 2 : cosine;
    labels[pair] = Math.min(LARGEST_SIMILARITY, Math.max(0, label));
  }
  return labels;
};

/** Vectors at unit length, wherever they are kept. */
interface Rows {
  readonly columns: number;
  row(row: number): Float32Array;
}

const distinctTexts = (texts: readonly string[], indices: ArrayLike<number>, name: string) => {
  const row = new Int32Array(texts.length).fill(-1);
  const rowOf = new Map<string, number>();
  const distinct: string[] = [];
  for (let pair = 0; pair < indices.length; pair++) {
    const index = indices[pair]!;
    const text = texts[index];
    if (text === undefined) {
      throw new RangeError(`pairs.${name}[${pair}] must be in [0, ${texts.length}), received ${index}`);
    }
    if (row[index] !== -1) continue;
    const known = rowOf.get(text);
    row[index] = known ?? distinct.length;
    if (known === undefined) {
      rowOf.set(text, distinct.length);
      distinct.push(text);
    }
  }
  return { texts: distinct, row };
};

const checkRows = (part: DenseMatrix, rows: number, columns: number, name: string) => {
  if (part.rows !== rows || part.columns !== columns || part.data.length !== rows * columns) {
    throw new TypeError(
      `${name} must return shape [${rows}, ${columns}], received [${part.rows}, ${part.columns}]`,
    );
  }
};
