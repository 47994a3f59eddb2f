import {
  type Measure,
  measureRanks,
  perQueryMeasure,
  type RelevancePairs,
  type RelevantRanks,
  type RelevantRanksOptions,
  relevantRanks,
  relevantRanksBy,
} from '../metrics/index.js';
import type { DenseMatrix } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';
import { Bm25Index, type Bm25Options } from './bm25-index.js';
import { type RetrievalTask, type RetrievalText, resolveRelevance } from './retrieval-task.js';

/** Turns texts into rows of length 1. */
export interface TextEncoder {
  embedQueries(texts: readonly string[]): DenseMatrix | Promise<DenseMatrix>;
  embedDocuments(texts: readonly string[]): DenseMatrix | Promise<DenseMatrix>;
}

export interface EvaluateTaskOptions extends Pick<RelevantRanksOptions, 'ties' | 'chunkSize'> {
  /**
   * Metrics beside the benchmark's own.
   * @defaultValue none
   */
  readonly measures?: readonly Measure[];
  /**
   * Texts encoded at a time.
   * @defaultValue 64
   */
  readonly batchSize?: number;
  /**
   * Ranks the vectors; to be replaced where an accelerator is at hand, see `relevantRanksByBlocks`.
   * @defaultValue relevantRanks
   */
  readonly rank?: (
    queries: DenseMatrix,
    corpus: DenseMatrix,
    relevance: RelevancePairs,
    options: RelevantRanksOptions,
  ) => RelevantRanks | Promise<RelevantRanks>;
  /** Called with the number of texts or queries done, and their total where it is known. */
  readonly onProgress?: (stage: 'documents' | 'queries' | 'ranking', done: number, total?: number) => void;
}

/** How a system did on a benchmark. */
export interface TaskEvaluation {
  readonly task: string;
  /** The number that the benchmark is known by, in [0, 1]. */
  readonly score: number;
  readonly measures: Readonly<Partial<Record<Measure, number>>>;
  /** The benchmark's own metric for each query [Q], NaN where nothing is relevant. */
  readonly perQuery: Float64Array;
  readonly ranks: RelevantRanks;
  readonly queries: number;
  readonly documents: number;
  /** Sentences that a reader of the number should know, such as sizes other than the published ones. */
  readonly notes: readonly string[];
}

interface Labels {
  readonly id: string;
  readonly key: string;
}

const collect = async (
  texts: AsyncIterable<RetrievalText>,
  batchSize: number,
  embed: (texts: readonly string[]) => DenseMatrix | Promise<DenseMatrix>,
  onBatch: (done: number) => void,
): Promise<{ labels: Labels[]; matrix: DenseMatrix }> => {
  const labels: Labels[] = [];
  const parts: Float32Array[] = [];
  let columns = -1;
  let batch: string[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const part = await embed(batch);
    if (part.rows !== batch.length) {
      throw new RangeError(`the encoder must return ${batch.length} rows, received ${part.rows}`);
    }
    if (columns >= 0 && part.columns !== columns) {
      throw new RangeError(`the encoder must return ${columns} columns, as before, received ${part.columns}`);
    }
    columns = part.columns;
    parts.push(part.data.slice(0, part.rows * part.columns));
    batch = [];
    onBatch(labels.length);
  };
  for await (const { id, key, text } of texts) {
    labels.push({ id, key });
    batch.push(text);
    if (batch.length === batchSize) await flush();
  }
  await flush();
  const data = new Float32Array(labels.length * Math.max(columns, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { labels, matrix: { data, rows: labels.length, columns: Math.max(columns, 0) } };
};

const summarize = (
  task: RetrievalTask,
  ranks: RelevantRanks,
  documents: number,
  measures: readonly Measure[],
): TaskEvaluation => {
  const all = [...new Set([task.measure, ...measures])];
  const means = measureRanks(ranks, all);
  const notes: string[] = [];
  const { published } = task;
  if (published && (published.queries !== ranks.queries || published.documents !== documents)) {
    notes.push(
      `${task.name} has ${published.queries} queries and ${published.documents} documents in the literature, ` +
        `these files ${ranks.queries} and ${documents}: the number cannot be compared.`,
    );
  }
  let without = 0;
  for (let q = 0; q < ranks.queries; q++) if (ranks.offsets[q] === ranks.offsets[q + 1]) without += 1;
  if (without > 0)
    notes.push(`${without} of ${ranks.queries} queries have no relevant document and are left out.`);
  return {
    task: task.name,
    score: means[task.measure] ?? Number.NaN,
    measures: means,
    perQuery: perQueryMeasure(ranks, task.measure),
    ranks,
    queries: ranks.queries,
    documents,
    notes,
  };
};

/**
 * Runs an encoder on a benchmark by its published protocol.
 *
 * Texts are read and encoded in batches; only their vectors are kept. Where the queries are the documents, each
 * text is encoded once, as a document.
 *
 * @param task From one of the loaders.
 * @param encoder Rows of length 1, so that the dot product is the cosine.
 * @throws RangeError when there is no query or document, or the encoder returns other shapes.
 *
 * Time O(Q·N·D) beside the encoding; memory O((Q + N)·D).
 *
 * @example
 * ```ts
 * import { evaluateTask, type RetrievalTask } from 'oasis-embed/benchmarks';
 * const texts = ['sort a list', 'read a file'].map((text, i) => ({ id: `${i}`, key: `${i}`, text }));
 * async function* read() {
 *   yield* texts;
 * }
 * const task: RetrievalTask = {
 *   name: 'Two texts',
 *   measure: 'mrr@1000',
 *   queries: read,
 *   documents: read,
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * const embed = (batch: readonly string[]) => ({
 *   data: Float32Array.from(batch.flatMap((text) => (text.includes('sort') ? [1, 0] : [0, 1]))),
 *   rows: batch.length,
 *   columns: 2,
 * });
 * const { score } = await evaluateTask(task, { embedQueries: embed, embedDocuments: embed });
 * console.log(score); // 1
 * ```
 */
export const evaluateTask = async (
  task: RetrievalTask,
  encoder: TextEncoder,
  options: EvaluateTaskOptions = {},
): Promise<TaskEvaluation> => {
  const { measures = [], batchSize = 64, rank = relevantRanks, onProgress, ties, chunkSize } = options;
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`batchSize must be a positive whole number, received ${batchSize}`);
  }
  const documents = await collect(
    task.documents(),
    batchSize,
    (texts) => encoder.embedDocuments(texts),
    (done) => onProgress?.('documents', done),
  );
  const queries = task.selfRetrieval
    ? documents
    : await collect(
        task.queries(),
        batchSize,
        (texts) => encoder.embedQueries(texts),
        (done) => onProgress?.('queries', done),
      );
  requireTexts(task, queries.labels.length, documents.labels.length);
  const { relevance, options: hidden } = resolved(task, queries.labels, documents.labels);
  const ranks = await rank(queries.matrix, documents.matrix, relevance, {
    ...hidden,
    ...(ties === undefined ? {} : { ties }),
    ...(chunkSize === undefined ? {} : { chunkSize }),
    onProgress: (done, total) => onProgress?.('ranking', done, total),
  });
  return summarize(task, ranks, documents.labels.length, measures);
};

const resolved = (task: RetrievalTask, queries: readonly Labels[], documents: readonly Labels[]) => {
  const { relevance, exclude } = resolveRelevance(task, queries, documents);
  return { relevance, options: exclude === undefined ? {} : { exclude } };
};

const requireTexts = (task: RetrievalTask, queries: number, documents: number) => {
  if (queries === 0) throw new RangeError(`${task.name} must have at least one query, received 0`);
  if (documents === 0) throw new RangeError(`${task.name} must have at least one document, received 0`);
};

/** How the lexical baseline reads and scores texts. */
export interface EvaluateBm25Options
  extends Bm25Options,
    Pick<EvaluateTaskOptions, 'ties' | 'measures' | 'onProgress'> {
  /** @defaultValue subtokens */
  readonly tokenize?: (text: string) => readonly string[];
}

/**
 * Runs BM25 on a benchmark: the row to print beside any encoder's.
 *
 * The same tokens, by default {@link subtokens}, for queries and documents; k₁ = 1.2 and b = 0.75 untuned. A document
 * that shares no term with the query is not retrieved.
 *
 * @throws RangeError when there is no query or document. Memory O(distinct (term, document) pairs).
 *
 * @example
 * ```ts
 * import { evaluateBm25, type RetrievalTask } from 'oasis-embed/benchmarks';
 * const texts = ['sort a list', 'read a file'].map((text, i) => ({ id: `${i}`, key: `${i}`, text }));
 * async function* read() {
 *   yield* texts;
 * }
 * const task: RetrievalTask = {
 *   name: 'Two texts',
 *   measure: 'mrr@1000',
 *   queries: read,
 *   documents: read,
 *   selfRetrieval: false,
 *   ignoreIdenticalIds: false,
 * };
 * console.log((await evaluateBm25(task)).score); // 1
 * ```
 */
export const evaluateBm25 = async (
  task: RetrievalTask,
  options: EvaluateBm25Options = {},
): Promise<TaskEvaluation> => {
  const { tokenize = subtokens, measures = [], onProgress, ties, ...bm25 } = options;
  const read = async (texts: AsyncIterable<RetrievalText>) => {
    const labels: Labels[] = [];
    const tokens: (readonly string[])[] = [];
    for await (const { id, key, text } of texts) {
      labels.push({ id, key });
      tokens.push(tokenize(text));
    }
    return { labels, tokens };
  };
  const documents = await read(task.documents());
  const queries = task.selfRetrieval ? documents : await read(task.queries());
  requireTexts(task, queries.labels.length, documents.labels.length);
  const index = new Bm25Index(documents.tokens, bm25);
  const { relevance, options: hidden } = resolved(task, queries.labels, documents.labels);
  const ranks = relevantRanksBy(
    (query, out) => {
      index.scores(queries.tokens[query]!, out);
      for (let d = 0; d < out.length; d++) if (out[d] === 0) out[d] = Number.NEGATIVE_INFINITY;
    },
    { queries: queries.labels.length, documents: documents.labels.length },
    relevance,
    {
      ...hidden,
      ...(ties === undefined ? {} : { ties }),
      onProgress: (done, total) => onProgress?.('ranking', done, total),
    },
  );
  return summarize(task, ranks, documents.labels.length, measures);
};

/**
 * The queries that every one of several systems ranks below r: those on which a new system can show something.
 *
 * @param systems The ranks of the same queries under each system.
 * @param rank r; a query is hard when its first relevant document stands below this rank everywhere.
 * @returns Indices of the hard queries, ascending; queries without a relevant document are never hard.
 * @throws RangeError when there is no system or they differ in their number of queries.
 *
 * @example
 * ```ts
 * import { hardQueries } from 'oasis-embed/benchmarks';
 * import { relevantRanksBy } from 'oasis-embed/metrics';
 * const ranks = relevantRanksBy((_, out) => out.set([3, 2, 1]), { queries: 2, documents: 3 }, [0, 2]);
 * console.log(Array.from(hardQueries([ranks], 1))); // [1]
 * ```
 */
export const hardQueries = (systems: readonly RelevantRanks[], rank: number): Uint32Array => {
  const [first] = systems;
  if (first === undefined) throw new RangeError('systems must hold at least one system, received 0');
  systems.forEach(({ queries }, i) => {
    if (queries !== first.queries) {
      throw new RangeError(`systems[${i}] must rank ${first.queries} queries, received ${queries}`);
    }
  });
  const hard: number[] = [];
  for (let q = 0; q < first.queries; q++) {
    const every = systems.every(({ offsets, ranks }) => {
      const from = offsets[q]!;
      return from < offsets[q + 1]! && ranks[from]! > rank;
    });
    if (every) hard.push(q);
  }
  return Uint32Array.from(hard);
};
