import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  encodeTrecId,
  type Measure,
  type RelevancePairs,
  type RelevantRanks,
  type RelevantRanksInThreadsOptions,
  type RelevantRanksOptions,
  type RowProducts,
  relevantRanksAmong,
  relevantRanksByProducts,
  relevantRanksInThreads,
  type Vectors,
} from '../metrics/index.js';
import { checkOptions, checkPositiveInteger, type DenseMatrix, type OptionNames } from '../numerics/index.js';
import { type CollectOptions, collectVectors } from './collect-vectors.js';
import { DistinctIds } from './distinct-ids.js';
import { type LabelList, PackedLabels } from './label-list.js';
import { queryConfidence } from './query-confidence.js';
import { RelevanceBuilder } from './relevance-builder.js';
import { type Candidates, resolveCandidates } from './resolve-candidates.js';
import type { MissedDocument, RetrievalTask } from './retrieval-task.js';
import { requireSome, summarizeTask, type TaskEvaluation } from './summarize-task.js';
import { TextCensus } from './text-census.js';
import { type TextLabel, withoutPlace } from './text-label.js';

/** Turns texts into rows of length 1. */
export interface TextEncoder {
  embedQueries(texts: readonly string[]): DenseMatrix | Promise<DenseMatrix>;
  embedDocuments(texts: readonly string[]): DenseMatrix | Promise<DenseMatrix>;
}

/** Which metrics a task is measured by, and how ties rank. */
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
   * A folder for the vectors while the evaluation runs, instead of memory, which then hardly grows with the documents.
   * The files are removed at the end.
   * @defaultValue memory
   */
  readonly vectorFolder?: string;
  /**
   * Ranks in so many worker threads, see `relevantRanksInThreads`.
   * @defaultValue this thread only
   */
  readonly threads?: number;
  /**
   * What multiplies the rows of so many queries and documents, such as `nativeProducts` of `oasis-embed/onnx`; null leaves
   * it to this package's own kernels. The ranks are the same.
   * @defaultValue this package's own kernels
   */
  readonly products?: (queries: number, documents: number) => Promise<RowProducts | null>;
  /**
   * The documents that may be found for each query, in place of all: reranking of a run, with ids as they stand in its
   * file (see `encodeTrecId`).
   * @defaultValue all documents
   */
  readonly candidates?: Candidates;
  /**
   * Also tells how sure the encoder is of each query, from the scores of its first thousand documents, which takes the
   * time of another ranking: what `mtebResult` needs for the measures of abstention.
   * @defaultValue false
   */
  readonly confidence?: boolean;
  /**
   * Called when the ranks are known, while the vectors are still there: to write a run file, say.
   */
  readonly onRanked?: (ranked: RankedTexts) => void | Promise<void>;
  /** Called with the number of texts or queries done, and their total if known. */
  readonly onProgress?: (stage: 'documents' | 'queries' | 'ranking', done: number, total?: number) => void;
}

const EVALUATE_TASK_OPTIONS: OptionNames<EvaluateTaskOptions> = {
  ties: true,
  chunkSize: true,
  measures: true,
  batchSize: true,
  rank: true,
  vectorFolder: true,
  threads: true,
  products: true,
  candidates: true,
  confidence: true,
  onRanked: true,
  onProgress: true,
};

/** What a ranking was made from. */
export interface RankedTexts {
  readonly queries: Vectors;
  readonly documents: Vectors;
  /** Ids and keys of the rows of `queries`. */
  readonly queryLabels: readonly TextLabel[];
  /** Names of the rows of `documents`. */
  readonly documentLabels: LabelList;
  readonly relevance: RelevancePairs;
  readonly exclude?: RelevancePairs;
  /** Documents that the qrels name and the task lacks, where these count as misses. */
  readonly missed?: readonly MissedDocument[];
  /** The documents that could be found for each query, where these were not all. */
  readonly candidates?: RelevancePairs;
}

/**
 * Runs an encoder on a benchmark by its published protocol.
 *
 * Documents of equal score stand as in a run file with their ids, escaped by `encodeTrecId`: what trec_eval prints for
 * that file is what is printed here. Empty texts are counted in the notes.
 *
 * Texts are read and encoded in batches, queries first; kept are vectors, on disk with `vectorFolder`, and the labels of
 * queries. Where the queries are the documents, each text is encoded once, as a document.
 *
 * @param task From one of the loaders.
 * @param encoder Rows of length 1, so that the dot product is the cosine.
 * @throws RangeError when there is no query or document, ids repeat, the qrels name what is not there, or the encoder
 * returns other shapes, or when all queries or all documents are empty or the same text.
 *
 * Time O(Q·N·D) beside the encoding; memory O(Q), the ids of the documents and some 30 bytes for each (64 bits of its id, the length of its
 * vector), and O((Q + N)·D) without `vectorFolder`.
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
  checkOptions('evaluateTask', options, EVALUATE_TASK_OPTIONS);
  const { measures = [], batchSize = 64, rank, onProgress, ties, chunkSize } = options;
  const { vectorFolder, threads = 1 } = options;
  checkPositiveInteger('batchSize', batchSize);
  const { candidates } = options;
  const named = [vectorFolder, options.threads, options.products, candidates];
  if (rank !== undefined && named.some((value) => value !== undefined)) {
    throw new RangeError(
      'rank must be left out where vectorFolder, threads, products or candidates is given',
    );
  }
  const notes: string[] = [];
  const scratch = vectorFolder === undefined ? null : await mkdtemp(join(vectorFolder, 'vectors-'));
  try {
    const collect = async (
      stage: 'documents' | 'queries',
      embed: CollectOptions['embed'],
      onLabel: CollectOptions['onLabel'],
    ) => {
      const census = new TextCensus(`${task.name}, ${stage}`);
      const vectors = await collectVectors(task[stage](), {
        batchSize,
        embed,
        onLabel,
        census,
        path: scratch && join(scratch, `${stage}.f32`),
        onBatch: (done) => onProgress?.(stage, done),
      });
      notes.push(...census.notes());
      return vectors;
    };
    // Queries first: what is relevant is then found while the documents stream by, and none is kept.
    const labels: TextLabel[] = [];
    const queryIds = new DistinctIds(`${task.name}: query`, () => task.queries());
    const queries = task.selfRetrieval
      ? null
      : await collect(
          'queries',
          (texts) => encoder.embedQueries(texts),
          (label) => {
            labels.push(withoutPlace(label));
            return queryIds.add(label);
          },
        );
    if (queries !== null) requireSome(task, 'query', queries.rows);
    const relevant = new RelevanceBuilder<TextLabel>(task, queries && labels);
    const ids = new DistinctIds(`${task.name}: document`, () => task.documents());
    const names = new PackedLabels();
    const documents = await collect(
      'documents',
      (texts) => encoder.embedDocuments(texts),
      (label) => {
        names.push(label);
        relevant.add(withoutPlace(label));
        return ids.add(label);
      },
    );
    requireSome(task, 'document', documents.rows);
    const { relevance, missed, ...hidden } = relevant.finish();
    const rankOptions = {
      ...hidden,
      // As they stand in a run file, so that its ties are these.
      documentIds: Array.from(names, ({ id }) => encodeTrecId(id)),
      ...(ties === undefined ? {} : { ties }),
      ...(chunkSize === undefined ? {} : { chunkSize }),
      onProgress: (done: number, total: number) => onProgress?.('ranking', done, total),
    };
    const asked = queries ?? documents;
    const few = candidates && resolveCandidates(task, candidates, relevant.queries, names);
    notes.push(...(few?.notes ?? []));
    const { chunkSize: _, ...amongOptions } = { chunkSize: 0, ...rankOptions };
    const ranks =
      few !== undefined
        ? relevantRanksAmong(asked, documents, few.pairs, relevance, amongOptions)
        : rank !== undefined && 'data' in asked && 'data' in documents
          ? await rank(asked, documents, relevance, rankOptions)
          : await rankAll(asked, documents, relevance, { ...rankOptions, threads }, options.products);
    const ranked: RankedTexts = {
      queries: asked,
      documents,
      queryLabels: relevant.queries,
      documentLabels: names,
      relevance,
      ...hidden,
      ...(missed === undefined ? {} : { missed }),
      ...(few && { candidates: few.pairs }),
    };
    await options.onRanked?.(ranked);
    const confidence = options.confidence === true && queryConfidence(ranked, rankOptions.onProgress);
    return {
      ...summarizeTask(task, ranks, documents.rows, measures, notes, missed),
      ...(confidence && { confidence }),
    };
  } finally {
    if (scratch !== null) await rm(scratch, { recursive: true, force: true });
  }
};

/** The ranks among all documents, by the products of others where there are any. */
const rankAll = async (
  queries: Vectors,
  documents: Vectors,
  relevance: RelevancePairs,
  { threads, ...options }: RelevantRanksInThreadsOptions & { readonly threads: number },
  open: EvaluateTaskOptions['products'],
): Promise<RelevantRanks> => {
  const products = (await open?.(queries.rows, documents.rows)) ?? null;
  return products === null
    ? relevantRanksInThreads(queries, documents, relevance, { ...options, threads })
    : relevantRanksByProducts(products, queries, documents, relevance, options);
};
