import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
// The sampler itself is no part of the package: what another trainer reads must be what this one read.
import { assembleBatch, batchesPerEpoch, epochOrder, indexPairs } from '../../../src/training/batches.js';
import type { TrainingPairs } from './training-pairs.js';

interface ExportedSettings {
  readonly batchQueries: number;
  readonly positivesPerQuery: number;
  readonly negativesPerQuery: number;
  readonly epochs: number;
  readonly seed: number;
}

/** The batches of a training in their order, for encoders.py: texts, and the labeled pairs by their row in the batch. */
export const exportBatches = async (
  folder: string,
  data: TrainingPairs,
  {
    settings,
    lora,
    model,
  }: { readonly settings: ExportedSettings; readonly lora: boolean; readonly model: string },
): Promise<void> => {
  const index = indexPairs(data);
  const perEpoch = batchesPerEpoch(index, settings.batchQueries);
  const batches = Array.from({ length: settings.epochs }, (_, epoch) => {
    const order = epochOrder(index, settings.seed, epoch);
    return Array.from({ length: perEpoch }, (_, batch) => {
      const { queries, documents, pairs } = assembleBatch(data, index, order, { epoch, batch }, settings);
      return {
        queries: Array.from(queries, (row) => data.queries[row]),
        documents: Array.from(documents, (row) => data.documents[row]),
        query: Array.from(pairs.query),
        document: Array.from(pairs.document),
        similarity: Array.from(pairs.similarity),
        positive: Array.from(pairs.positive),
      };
    });
  }).flat();
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, `batches-${settings.seed}.json`),
    JSON.stringify({ settings, lora, model, batches }),
  );
};
