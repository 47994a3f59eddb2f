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

/** A run and qrels in TREC form, and predictions in CodeXGLUE's, of what was ranked; a query at a time. */
export const writeEvaluationFiles = async (
  ranked: RankedTexts,
  options: EvaluationFileOptions,
): Promise<void> => {
  const { queryLabels, documentLabels, relevance, exclude, missed = [] } = ranked;
  if (options.qrels !== null) {
    const qrels = await openText(options.qrels);
    try {
      for (let i = 0; i < relevance.query.length; i++) {
        const query = encodeTrecId(queryLabels[relevance.query[i]!]!.id);
        const document = encodeTrecId(documentLabels.at(relevance.document[i]!).id);
        await qrels.add(formatQrels(new Map([[query, new Map([[document, relevance.gain?.[i] ?? 1]])]])));
      }
      for (const { query, document, gain } of missed) {
        const id = encodeTrecId(queryLabels[query]!.id);
        await qrels.add(formatQrels(new Map([[id, new Map([[encodeTrecId(document), gain]])]])));
      }
      await qrels.finish();
      await qrels.place();
    } catch (error) {
      await qrels.discard();
      throw error;
    }
  }
  if (options.run === null && options.predictions === null) return;
  const run = options.run === null ? null : await openText(options.run);
  let predictions: OpenText | null = null;
  try {
    if (options.predictions !== null) predictions = await openText(options.predictions);
    const listOptions = {
      ...(exclude === undefined ? {} : { exclude }),
      documentIds: Array.from(documentLabels, ({ id }) => encodeTrecId(id)),
      onProgress: options.onProgress,
    };
    const found =
      ranked.candidates === undefined
        ? nearestDocuments(ranked.queries, ranked.documents, options.depth, listOptions)
        : rankCandidates(ranked.queries, ranked.documents, ranked.candidates, listOptions);
    for (const { query, documents: all, scores: exact } of found) {
      const documents = all.subarray(0, options.depth);
      const scores = apartInFloat32(exact.subarray(0, options.depth));
      if (documents.length === 0) continue;
      const label = queryLabels[query]!;
      const named = (name: (document: number) => string) =>
        new Map(Array.from(documents, (document, i) => [name(document), scores[i]!]));
      const row = named((document) => encodeTrecId(documentLabels.at(document).id));
      await run?.add(formatTrecRun(new Map([[encodeTrecId(label.id), row]]), { tag: options.tag }));
      const answers = named((document) => {
        const { prediction, id } = documentLabels.at(document);
        return prediction ?? id;
      });
      await predictions?.add(
        formatCodeXGluePredictions(new Map([[label.prediction ?? label.id, answers]]), options.predictionKey),
      );
    }
    await run?.finish();
    await predictions?.finish();
    await run?.place();
    await predictions?.place();
  } catch (error) {
    await run?.discard();
    await predictions?.discard();
    throw error;
  }
};
