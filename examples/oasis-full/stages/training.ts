import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Encoder, TransformerEncoder } from 'oasis-embed/encoders';
import { type EvaluationRecord, type OasisDataset, trainOasis } from 'oasis-embed/training';
import { type AnnotatedFunction, pairTexts } from '../annotation/annotated-functions.js';
import { startingEncoder } from '../encoders.js';
import { modelHash } from '../models/local-embedder.js';
import type { RunOptions } from '../options.js';
import type { LabelledPairs } from '../pairs.js';
import { type RetrievalSet, retrievalSet } from '../retrieval-set.js';
import { writeJsonLines } from '../run-folder.js';
import type { Stage, StageRecord } from '../stage.js';
import { readParquetParts, type Schema } from '../store/parquet-table.js';
import { trainingFunctions } from './annotation.js';
import type { StageContext } from './context.js';

export interface TrainingSummary {
  readonly encoder: string;
  readonly backend: string;
  readonly dimensions: number;
  readonly parameters: number;
  readonly steps: number;
  readonly best: EvaluationRecord | null;
  readonly evaluations: readonly EvaluationRecord[];
  readonly stopped: string;
}

/** What the ablation changes of a training. */
export interface TrainingVariant {
  readonly weights: { readonly infoNce: number; readonly cosent: number };
  readonly seed: number;
}

/** The options that a trained model depends on: the key of the stage. */
export const trainingOptions = ({
  seed,
  dimensions,
  epochs,
  batchQueries,
  batchNegatives,
  learningRate,
  temperature,
  weightInfoNce,
  weightCosent,
  patience,
  training,
}: RunOptions) => ({
  seed,
  dimensions,
  epochs,
  batchQueries,
  batchNegatives,
  learningRate,
  temperature,
  weights: { infoNce: weightInfoNce, cosent: weightCosent },
  patience,
  ...training,
  // By content: the same model elsewhere is the same model.
  encoder: training.encoder === null ? null : modelHash(training.encoder),
});

const furtherOptions = ({
  infoNceForm,
  schedule,
  warmUpSteps,
  weightDecay,
  epsilon,
  accumulate,
  chunkSize,
  workers,
}: RunOptions['training']) => ({
  infoNce: infoNceForm === 'released' ? ({ directions: 'all', hardness: 1 } as const) : {},
  schedule,
  weightDecay,
  epsilon,
  accumulationSteps: accumulate,
  chunkSize,
  ...(warmUpSteps === null ? {} : { warmUpSteps }),
  ...(workers === 0 ? {} : { workers }),
});

/** The options of `trainOasis` that the run and its ablation share. */
export const trainerOptions = (options: RunOptions, variant: TrainingVariant, validation: RetrievalSet) => ({
  weights: variant.weights,
  temperature: options.temperature,
  batchQueries: options.batchQueries,
  negativesPerQuery: options.batchNegatives,
  epochs: options.epochs,
  learningRate: options.learningRate,
  patience: options.patience,
  seed: variant.seed,
  ...furtherOptions(options.training),
  ...(validation.queries.length === 0 ? {} : { validation }),
});

const pairColumns = {
  pair: 'uint32',
  query_id: 'text',
  function_id: 'text',
  similarity: 'float32',
  is_gt: 'uint8',
} as const satisfies Schema;

/** The dataset's Parquet files as the trainer takes them: what was published is what is trained on. */
const readDataset = async (
  folder: string,
  functions: readonly AnnotatedFunction[],
): Promise<OasisDataset> => {
  const { queries, queryOf, documents } = pairTexts(functions);
  const functionRow = new Map(functions.map((fn, i) => [fn.id, i]));
  const files = readdirSync(folder).sort();
  const parts: { readonly pair: Uint32Array; readonly rows: LabelledPairs }[] = [];
  let count = 0;
  for await (const part of readParquetParts(
    files.map((file) => join(folder, file)),
    pairColumns,
  )) {
    const rows = {
      query: Uint32Array.from(part.query_id, (id) => queryOf[functionRow.get(id!)!]!),
      document: Uint32Array.from(part.function_id, (id) => functionRow.get(id!)!),
      similarity: part.similarity,
      positive: part.is_gt,
    };
    parts.push({ pair: part.pair, rows });
    count += part.pair.length;
  }
  const pairs: LabelledPairs = {
    query: new Uint32Array(count),
    document: new Uint32Array(count),
    similarity: new Float32Array(count),
    positive: new Uint8Array(count),
  };
  for (const { pair, rows } of parts) {
    for (const [i, at] of pair.entries()) {
      pairs.query[at] = rows.query[i]!;
      pairs.document[at] = rows.document[i]!;
      pairs.similarity[at] = rows.similarity[i]!;
      pairs.positive[at] = rows.positive[i]!;
    }
  }
  return { queries, documents, pairs };
};

/** The model holds low-rank updates merged; beside it they lie on their own, as PEFT has them. */
const saveUpdates = async (
  encoder: Encoder,
  { training }: Pick<RunOptions, 'training'>,
  directory: string,
): Promise<void> => {
  if (training.encoder !== null && training.loraRank !== null && encoder instanceof TransformerEncoder) {
    await encoder.saveAdapter(directory, training.encoder);
  } else await rm(directory, { recursive: true, force: true });
};

export const trainingStage = (
  context: StageContext,
  corpus: StageRecord,
  refinement: StageRecord,
): Stage<TrainingSummary> => {
  const { options, backend, folder, progress } = context;
  return {
    name: 'training',
    options: { ...trainingOptions(options), backend: backend.name },
    after: [corpus, refinement],
    outputs: [folder.path('model'), folder.path('untrainedModel'), folder.path('curve')],
    run: async () => {
      const functions = await trainingFunctions(context);
      const dataset = await readDataset(folder.path('datasetParquet'), functions);
      const validation = await retrievalSet(context, 'validation');

      const encoder = await startingEncoder(dataset, options, options.seed);
      await encoder.save(folder.path('untrainedModel'));
      const variant = {
        weights: { infoNce: options.weightInfoNce, cosent: options.weightCosent },
        seed: options.seed,
      };
      let note = '';
      const run = await trainOasis(encoder, dataset, {
        ...trainerOptions(options, variant, validation),
        checkpointDirectory: folder.path('checkpoints'),
        logDirectory: folder.path('logs'),
        onStep: (step, { totalSteps, pairsPerSecond }) => {
          const rate = `${pairsPerSecond.toFixed(0)} pairs/s`;
          progress.update(step.step + 1, totalSteps, `loss ${step.loss.toFixed(3)} · ${rate}${note}`);
        },
        onEvaluation: (evaluation) => {
          note = ` · validation MRR ${evaluation.mrr.toFixed(4)}`;
          progress.line(
            `step ${evaluation.step}: validation MRR@1000 ${evaluation.mrr.toFixed(4)}${evaluation.best ? ' (best)' : ''}`,
          );
        },
      });
      await writeJsonLines(folder.path('curve'), [...run.steps, ...run.evaluations]);
      await encoder.save(folder.path('model'));
      await saveUpdates(encoder, options, folder.path('adapter'));
      await rm(folder.path('checkpoints'), { recursive: true, force: true });
      const summary = {
        encoder: encoder.kind,
        backend: backend.name,
        dimensions: encoder.dimensions,
        parameters: encoder.variables.reduce((sum, variable) => sum + variable.size, 0),
        steps: run.steps.length,
        best: run.best,
        evaluations: run.evaluations,
        stopped: run.stopped,
      };
      encoder.dispose();
      return summary;
    },
  };
};
