import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OnnxEncoder, OnnxTrainer } from '../../../src/onnx/index.js';
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

export interface BatchesOptions {
  readonly settings: ExportedSettings;
  /** Null where the whole model is trained. */
  readonly lora: object | null;
  /** The folder of the published model. */
  readonly model: string;
}

/**
 * The batches of a training in their order, for encoders.py: texts, and the labeled pairs by their row in the batch. Of low-rank updates
 * also those that the training starts from, in the files of PEFT.
 */
export const exportBatches = async (
  folder: string,
  data: TrainingPairs,
  { settings, lora, model }: BatchesOptions,
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
    JSON.stringify({ settings, model, batches }),
  );
  if (lora === null) return;
  const encoder = await OnnxEncoder.load(model, { threads: 1 });
  const trainer = await OnnxTrainer.create(encoder, { lora: { ...lora, seed: settings.seed } });
  await trainer.saveAdapter(join(folder, `start-${settings.seed}`), model);
  await trainer.close();
  await encoder.close();
};
