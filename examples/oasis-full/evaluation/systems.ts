import { Bm25Index } from 'oasis-embed/benchmarks';
import type { DenseMatrix, TextRole } from 'oasis-embed/encoders';
import {
  bootstrapIntervals,
  holmCorrection,
  type Measure,
  pairedRandomizationTest,
  perQueryMeasure,
  type RelevantRanks,
  type RowProducts,
  relevantRanksBy,
  relevantRanksByProducts,
  relevantRanksInThreads,
} from 'oasis-embed/metrics';
import { subtokens } from 'oasis-embed/syntax';
import type { TextModel } from '../models/text-model.js';
import type { RetrievalSet } from './retrieval-set.js';

/** The measures reported, by the name people know; the first decides. */
export const MEASURES: Readonly<Record<string, Measure>> = {
  'MRR@1000': 'mrr@1000',
  MAP: 'map',
  'Recall@1': 'recall@1',
  'Recall@5': 'recall@5',
  'Recall@10': 'recall@10',
  'nDCG@10': 'ndcg@10',
};
export const MAIN_MEASURE = 'MRR@1000';

export interface MeasuredValue {
  readonly value: number;
  /** Ends of the 95% bootstrap interval over queries. */
  readonly low: number;
  readonly high: number;
}

export interface SystemResult {
  readonly name: string;
  readonly role: 'trained' | 'untrained' | 'baseline';
  readonly measures: Readonly<Record<string, MeasuredValue>>;
}

export interface Comparison {
  readonly system: string;
  readonly against: string;
  readonly measure: string;
  readonly difference: number;
  /** Two-sided paired randomization test, Holm-corrected over the comparisons. */
  readonly pValue: number;
}

/** A system with the ranks it gives, before anything is averaged. */
export interface RankedSystem {
  readonly name: string;
  readonly role: SystemResult['role'];
  readonly ranks: RelevantRanks;
}

/** Told how many of all are done, and of what. */
export type OnProgress = (done: number, total: number, note: string) => void;

/** Texts tokenized at a time: whole batches of the encoder, so that these are the same as those of all texts at once. */
const ENCODED_AT_ONCE = 4096;

const roomFor = (rows: number, columns: number): DenseMatrix => ({
  // Shared, so that the threads that rank need no copy.
  data: new Float32Array(new SharedArrayBuffer(4 * rows * columns)),
  rows,
  columns,
});

/** The vectors of any number of texts, written from row `first` on; the tokens of a part of them are in memory at a time. */
const encodeInParts = async (
  model: TextModel,
  texts: readonly string[],
  role: TextRole,
  into: DenseMatrix,
  first: number,
  onProgress: OnProgress,
): Promise<void> => {
  for (let start = 0; start < texts.length; start += ENCODED_AT_ONCE) {
    const part = await model.embed(texts.slice(start, start + ENCODED_AT_ONCE), role);
    into.data.set(part.data, (first + start) * into.columns);
    onProgress(start + part.rows, texts.length, role === 'query' ? 'queries encoded' : 'functions encoded');
  }
};

export interface RankByModelOptions {
  /** @defaultValue 1 */
  readonly threads?: number;
  /** What multiplies rows faster than threads do. @defaultValue nothing */
  readonly products?: RowProducts | null;
  readonly onProgress?: OnProgress;
}

export const rankByModel = async (
  model: TextModel,
  set: RetrievalSet,
  options: RankByModelOptions = {},
): Promise<RelevantRanks> => (await rankAmong(model, set, [], options))[0]!;

/**
 * The ranks among the documents of a set, and those among these and others that answer nothing. Each text is encoded once.
 *
 * @returns The second without others is left out.
 */
export const rankAmong = async (
  model: TextModel,
  { queries, documents, relevant }: RetrievalSet,
  others: readonly string[],
  { threads = 1, products = null, onProgress = () => {} }: RankByModelOptions = {},
): Promise<RelevantRanks[]> => {
  const columns = model.dimensions;
  const asked = roomFor(queries.length, columns);
  await encodeInParts(model, queries, 'query', asked, 0, onProgress);
  const all = roomFor(documents.length + others.length, columns);
  await encodeInParts(model, documents, 'document', all, 0, onProgress);
  await encodeInParts(model, others, 'document', all, documents.length, onProgress);
  const watch = { onProgress: (done: number, total: number) => onProgress(done, total, 'queries ranked') };
  const ranked: RelevantRanks[] = [];
  for (const rows of others.length === 0 ? [documents.length] : [documents.length, all.rows]) {
    const stored = { data: all.data.subarray(0, rows * columns), rows, columns };
    ranked.push(
      products === null
        ? await relevantRanksInThreads(asked, stored, relevant, { threads, ...watch })
        : await relevantRanksByProducts(products, asked, stored, relevant, watch),
    );
  }
  return ranked;
};

/**
 * BM25 on the same subtokens that the encoder reads. Tokens are made as they are needed: what is kept is the index, 12
 * bytes for each distinct term of a document.
 *
 * Not by blocks of documents, as a benchmark is ranked: there a function that shares no word with its docstring is not
 * retrieved, here it ranks last.
 */
export const rankByBm25 = (
  { queries, documents, relevant }: RetrievalSet,
  onProgress: OnProgress = () => {},
): RelevantRanks => {
  function* tokens() {
    for (const text of documents) yield subtokens(text);
  }
  const index = new Bm25Index(tokens());
  return relevantRanksBy(
    (query, out) => index.scores(subtokens(queries[query]!), out),
    { queries: queries.length, documents: documents.length },
    relevant,
    { onProgress: (done, total) => onProgress(done, total, 'queries ranked by BM25') },
  );
};

/** Every measure of every system with its interval; queries are drawn once for all. */
export const summarizeSystems = (systems: readonly RankedSystem[], seed: number): SystemResult[] => {
  const titles = Object.keys(MEASURES);
  const intervals = bootstrapIntervals(
    systems.flatMap(({ ranks }) => titles.map((title) => perQueryMeasure(ranks, MEASURES[title]!))),
    { resamples: 2000, seed },
  );
  return systems.map(({ name, role }, s) => ({
    name,
    role,
    measures: Object.fromEntries(
      titles.map((title, m) => {
        const { mean, low, high } = intervals[s * titles.length + m]!;
        return [title, { value: mean, low, high }];
      }),
    ),
  }));
};

/** How {@link compareSystems} tests. */
export const COMPARISON_TEST = 'paired randomization test, Holm-corrected over measures and systems';

/** The trained system against each of the others on every measure. */
export const compareSystems = (
  trained: RankedSystem,
  others: readonly RankedSystem[],
  seed: number,
): Comparison[] => {
  const tests = Object.entries(MEASURES).flatMap(([measure, definition]) => {
    const own = perQueryMeasure(trained.ranks, definition);
    return others.map((other) => {
      const values = perQueryMeasure(other.ranks, definition);
      return { measure, against: other.name, ...pairedRandomizationTest(own, values, { seed }) };
    });
  });
  const adjusted = holmCorrection(tests.map(({ pValue }) => pValue));
  return tests.map(({ measure, against, difference }, i) => ({
    system: trained.name,
    against,
    measure,
    difference,
    pValue: adjusted[i]!,
  }));
};
