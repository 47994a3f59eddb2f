import { open, rename, rm } from 'node:fs/promises';
import { formatCodeXGluePredictions, type PredictionKey, type RankedTexts } from 'oasis-embed/benchmarks';
import { formatQrels, formatTrecRun, nearestDocuments } from 'oasis-embed/metrics';

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

/** Writes text as it comes, whole or not at all. */
const streamedFile = async (path: string | null) => {
  if (path === null) return null;
  const temporary = `${path}.tmp`;
  const file = await open(temporary, 'w');
  let chunk = '';
  const flush = async () => {
    await file.writeFile(chunk);
    chunk = '';
  };
  return {
    async write(text: string) {
      chunk += text;
      if (chunk.length > 1 << 20) await flush();
    },
    async finish() {
      await flush();
      await file.sync();
      await file.close();
      await rename(temporary, path);
    },
    async abandon() {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
    },
  };
};

/** TREC files separate columns by white space: ids that hold some get `_` in its place. */
const column = (id: string): string => id.replace(/\s/g, '_');

/** A run and qrels in TREC form, and predictions in CodeXGLUE's, of what was ranked; a query at a time. */
export const writeEvaluationFiles = async (
  ranked: RankedTexts,
  options: EvaluationFileOptions,
): Promise<void> => {
  const { queryLabels, documentLabels, relevance, exclude } = ranked;
  if (options.qrels !== null) {
    const qrels = await streamedFile(options.qrels);
    for (let i = 0; i < relevance.query.length; i++) {
      const query = column(queryLabels[relevance.query[i]!]!.id);
      const document = column(documentLabels.at(relevance.document[i]!).id);
      await qrels!.write(formatQrels(new Map([[query, new Map([[document, relevance.gain?.[i] ?? 1]])]])));
    }
    await qrels!.finish();
  }
  if (options.run === null && options.predictions === null) return;
  const run = await streamedFile(options.run);
  const predictions = await streamedFile(options.predictions);
  try {
    const found = nearestDocuments(ranked.queries, ranked.documents, options.depth, {
      ...(exclude === undefined ? {} : { exclude }),
      documentIds: Array.from(documentLabels, ({ id }) => column(id)),
      onProgress: options.onProgress,
    });
    for (const { query, documents, scores } of found) {
      const label = queryLabels[query]!;
      const named = (name: (document: number) => string) =>
        new Map(Array.from(documents, (document, i) => [name(document), scores[i]!]));
      const row = named((document) => column(documentLabels.at(document).id));
      await run?.write(formatTrecRun(new Map([[column(label.id), row]]), { tag: options.tag }));
      const answers = named((document) => {
        const { prediction, id } = documentLabels.at(document);
        return prediction ?? id;
      });
      await predictions?.write(
        formatCodeXGluePredictions(new Map([[label.prediction ?? label.id, answers]]), options.predictionKey),
      );
    }
    await run?.finish();
    await predictions?.finish();
  } catch (error) {
    await run?.abandon();
    await predictions?.abandon();
    throw error;
  }
};
