import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Measure,
  measureRanks,
  perQueryMeasure,
  type RelevancePairs,
  type RelevantRanks,
  type RelevantRanksOptions,
  relevantRanksByBlocks,
  relevantRanksInThreads,
  type Vectors,
} from '../metrics/index.js';
import type { DenseMatrix } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';
import { Bm25Index, type Bm25Options } from './bm25-index.js';
import { collectVectors, type TextLabel } from './collect-vectors.js';
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
  /**
   * A folder for the vectors while the evaluation runs, instead of memory, which then stays the same however many
   * texts there are, but for their ids. The files are removed at the end.
   * @defaultValue memory
   */
  readonly vectorFolder?: string;
  /**
   * Ranks in so many worker threads, see `relevantRanksInThreads`.
   * @defaultValue this thread only
   */
  readonly threads?: number;
  /** Called when the ranks are known, while the vectors are still there: to write a run file, say. */
  readonly onRanked?: (ranked: RankedTexts) => void | Promise<void>;
  /** Called with the number of texts or queries done, and their total where it is known. */
  readonly onProgress?: (stage: 'documents' | 'queries' | 'ranking', done: number, total?: number) => void;
}

/** What a ranking was made from. */
export interface RankedTexts {
  readonly queries: Vectors;
  readonly documents: Vectors;
  /** Ids and keys of the rows of `queries`. */
  readonly queryLabels: readonly TextLabel[];
  readonly documentLabels: readonly TextLabel[];
  readonly relevance: RelevancePairs;
  readonly exclude?: RelevancePairs;
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
 * Texts are read and encoded in batches; only their ids and vectors are kept, the vectors on disk with `vectorFolder`. Where the queries are the documents, each
 * text is encoded once, as a document.
 *
 * @param task From one of the loaders.
 * @param encoder Rows of length 1, so that the dot product is the cosine.
 * @throws RangeError when there is no query or document, or the encoder returns other shapes.
 *
 * Time O(Q·N·D) beside the encoding; memory O(Q + N) for the ids, and O((Q + N)·D) without `vectorFolder`.
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
  const { measures = [], batchSize = 64, rank, onProgress, ties, chunkSize } = options;
  const { vectorFolder, threads = 1 } = options;
  if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`batchSize must be a positive whole number, received ${batchSize}`);
  }
  if (rank !== undefined && (vectorFolder !== undefined || options.threads !== undefined)) {
    throw new RangeError('rank must be left out where vectorFolder or threads is given');
  }
  const scratch = vectorFolder === undefined ? null : await mkdtemp(join(vectorFolder, 'vectors-'));
  try {
    const documents = await collectVectors(task.documents(), {
      batchSize,
      embed: (texts) => encoder.embedDocuments(texts),
      path: scratch && join(scratch, 'documents.f32'),
      onBatch: (done) => onProgress?.('documents', done),
    });
    const queries = task.selfRetrieval
      ? documents
      : await collectVectors(task.queries(), {
          batchSize,
          embed: (texts) => encoder.embedQueries(texts),
          path: scratch && join(scratch, 'queries.f32'),
          onBatch: (done) => onProgress?.('queries', done),
        });
    requireTexts(task, queries.labels.length, documents.labels.length);
    const { relevance, options: hidden } = resolved(task, queries.labels, documents.labels);
    const rankOptions = {
      ...hidden,
      ...(ties === undefined ? {} : { ties }),
      ...(chunkSize === undefined ? {} : { chunkSize }),
      onProgress: (done: number, total: number) => onProgress?.('ranking', done, total),
    };
    const [asked, stored] = [queries.vectors, documents.vectors];
    const ranks =
      rank !== undefined && 'data' in asked && 'data' in stored
        ? await rank(asked, stored, relevance, rankOptions)
        : await relevantRanksInThreads(asked, stored, relevance, { ...rankOptions, threads });
    await options.onRanked?.({
      queries: asked,
      documents: stored,
      queryLabels: queries.labels,
      documentLabels: documents.labels,
      relevance,
      ...hidden,
    });
    return summarize(task, ranks, documents.labels.length, measures);
  } finally {
    if (scratch !== null) await rm(scratch, { recursive: true, force: true });
  }
};

const resolved = (task: RetrievalTask, queries: readonly TextLabel[], documents: readonly TextLabel[]) => {
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
 * @throws RangeError when there is no query or document. Texts are read as they are needed; memory O(distinct (term,
 * document) pairs).
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
  async function* tokens(texts: AsyncIterable<RetrievalText>, labels?: TextLabel[]) {
    for await (const { text, ...label } of texts) {
      labels?.push(label);
      yield tokenize(text);
    }
  }
  const documents: TextLabel[] = [];
  const index = await Bm25Index.from(tokens(task.documents(), documents), bm25);
  // Queries are read twice: their ids decide what is relevant before the first is asked.
  const queries: TextLabel[] = [];
  if (task.selfRetrieval) queries.push(...documents);
  else for await (const { text: _, ...label } of task.queries()) queries.push(label);
  requireTexts(task, queries.length, documents.length);
  const { relevance, options: hidden } = resolved(task, queries, documents);
  const asked = tokens(task.selfRetrieval ? task.documents() : task.queries());
  const row = new Float64Array(documents.length);
  const ranks = await relevantRanksByBlocks(
    async () => {
      const next = await asked.next();
      if (next.done === true) throw new RangeError(`${task.name} must give the same queries every time`);
      index.scores(next.value, row);
      for (let d = 0; d < row.length; d++) if (row[d] === 0) row[d] = Number.NEGATIVE_INFINITY;
      return row;
    },
    { queries: queries.length, documents: documents.length },
    relevance,
    {
      ...hidden,
      ...(ties === undefined ? {} : { ties }),
      blockSize: 1,
      onProgress: (done, total) => onProgress?.('ranking', done, total),
    },
  );
  return summarize(task, ranks, documents.length, measures);
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
