import { formatCodeXGluePredictions, type PredictionKey, type RankedTexts } from 'oasis-embed/benchmarks';
import {
  encodeTrecId,
  formatQrels,
  formatTrecRun,
  nearestDocuments,
  rankCandidates,
} from 'oasis-embed/metrics';
import { type ChunkedText, createChunkedText } from '../store/chunked-text.js';
import { openPendingFile, type PendingFile } from '../store/commit-file.js';

export interface EvaluationFileOptions {
  readonly run: string | null;
  readonly qrels: string | null;
  readonly predictions: string | null;
  readonly predictionKey: PredictionKey;
  /** Documents a query. */
  readonly depth: number;
  readonly tag: string;
  readonly onProgress: (done: number, total: number) => void;
}

type OpenText = Omit<PendingFile, 'handle'> & Pick<ChunkedText, 'add'>;

/** Text that is written as it comes. */
const openText = async (path: string): Promise<OpenText> => {
  const pending = await openPendingFile(path);
  const text = createChunkedText((chunk) => pending.handle.writeFile(chunk));
  return {
    add: text.add,
    finish: async () => {
      await text.flush();
      await pending.finish();
    },
    place: pending.place,
    discard: pending.discard,
  };
};

/**
 * Scores that remain distinct when read as float32, as trec_eval 9 does; equal ones stay equal.
 *
 * @param scores Descending.
 */
const apartInFloat32 = (scores: Float64Array): Float64Array => {
  const view = new DataView(new ArrayBuffer(4));
  const below = (value: number): number => {
    if (value === 0) return -(2 ** -149);
    view.setFloat32(0, value);
    view.setInt32(0, view.getInt32(0) + (value > 0 ? -1 : 1));
    return view.getFloat32(0);
  };
  const written = new Float64Array(scores.length);
  scores.forEach((score, i) => {
    const rounded = Math.fround(score);
    if (i === 0) written[i] = rounded;
    else if (score === scores[i - 1]) written[i] = written[i - 1]!;
    else written[i] = Math.min(rounded, below(written[i - 1]!));
  });
  return written;
};

export interface EvaluationFiles {
  /** Writes what was ranked, a query at a time. */
  add(ranked: RankedTexts): Promise<void>;
  /** Gives the files their names. */
  finish(): Promise<void>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

const addQrels = async (
  { queryLabels, documentLabels, relevance, missed = [] }: RankedTexts,
  qrels: OpenText,
): Promise<void> => {
  for (let i = 0; i < relevance.query.length; i++) {
    const query = encodeTrecId(queryLabels[relevance.query[i]!]!.id);
    const document = encodeTrecId(documentLabels.at(relevance.document[i]!).id);
    await qrels.add(formatQrels(new Map([[query, new Map([[document, relevance.gain?.[i] ?? 1]])]])));
  }
  for (const { query, document, gain } of missed) {
    const id = encodeTrecId(queryLabels[query]!.id);
    await qrels.add(formatQrels(new Map([[id, new Map([[encodeTrecId(document), gain]])]])));
  }
};

const addLists = async (
  { queries, documents: rows, queryLabels, documentLabels, exclude, candidates }: RankedTexts,
  { run, predictions }: { readonly run: OpenText | null; readonly predictions: OpenText | null },
  { depth, tag, predictionKey, onProgress }: EvaluationFileOptions,
): Promise<void> => {
  const listOptions = {
    ...(exclude === undefined ? {} : { exclude }),
    documentIds: Array.from(documentLabels, ({ id }) => encodeTrecId(id)),
    onProgress,
  };
  const found =
    candidates === undefined
      ? nearestDocuments(queries, rows, depth, listOptions)
      : rankCandidates(queries, rows, candidates, listOptions);
  for (const { query, documents: all, scores: exact } of found) {
    const documents = all.subarray(0, depth);
    const scores = apartInFloat32(exact.subarray(0, depth));
    if (documents.length === 0) continue;
    const label = queryLabels[query]!;
    const named = (name: (document: number) => string) =>
      new Map(Array.from(documents, (document, i) => [name(document), scores[i]!]));
    const row = named((document) => encodeTrecId(documentLabels.at(document).id));
    await run?.add(formatTrecRun(new Map([[encodeTrecId(label.id), row]]), { tag }));
    const answers = named((document) => {
      const { prediction, id } = documentLabels.at(document);
      return prediction ?? id;
    });
    await predictions?.add(
      formatCodeXGluePredictions(new Map([[label.prediction ?? label.id, answers]]), predictionKey),
    );
  }
};

/** A run and qrels in TREC form, and predictions in CodeXGLUE's, of what will be ranked. */
export const openEvaluationFiles = async (options: EvaluationFileOptions): Promise<EvaluationFiles> => {
  const files: OpenText[] = [];
  const discard = async () => {
    for (const file of files) await file.discard();
  };
  const opened = async (path: string | null): Promise<OpenText | null> => {
    if (path === null) return null;
    const file = await openText(path);
    files.push(file);
    return file;
  };
  try {
    const qrels = await opened(options.qrels);
    const run = await opened(options.run);
    const predictions = await opened(options.predictions);
    return {
      async add(ranked) {
        if (qrels !== null) await addQrels(ranked, qrels);
        if (run !== null || predictions !== null) await addLists(ranked, { run, predictions }, options);
      },
      async finish() {
        for (const file of files) await file.finish();
        for (const file of files) await file.place();
      },
      discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
};
