import type { TextRole } from '../../../src/encoders/index.js';
import { perQueryMeasure, relevantRanks } from '../../../src/metrics/index.js';
import { OnnxEncoder, OnnxTrainer, type OnnxTrainerOptions } from '../../../src/onnx/index.js';
import { trainOasis } from '../../../src/training/index.js';
import { MAXIMUM_LENGTH } from './embed-texts.js';
import type { RetrievalSet } from './retrieval-sets.js';
import type { HeadRow } from './train-heads.js';
import type { TrainingPairs } from './training-pairs.js';

/** What of the model is trained. */
export type TrainedPart = 'lora' | 'full';

/** Chosen beforehand, not on any of the tests; the last weights are kept. */
export const ENCODER_SETTINGS = {
  batchQueries: 32,
  positivesPerQuery: 1,
  negativesPerQuery: 1,
  temperature: 0.05,
  weightDecay: 0.01,
} as const;

/** What differs between the two: low-rank updates start from zero and take larger steps. */
export const PARTS: Readonly<Record<TrainedPart, { readonly learningRate: number; readonly lora?: object }>> =
  {
    lora: { learningRate: 5e-4, lora: { rank: 8, targets: 'all-linear' } },
    full: { learningRate: 3e-5 },
  };

export interface EncoderPlan {
  /** The folder of the published model. */
  readonly model: string;
  readonly part: TrainedPart;
  readonly epochs: number;
  /** Checkpoints: a training that was interrupted resumes, one that is finished is read. */
  readonly checkpoints: string;
}

/** What a training took. */
export interface TrainingCost {
  readonly steps: number;
  readonly secondsPerStep: number;
}

/** Trains the published model by one row of the table, or reads it from its checkpoint, and hands it on. */
export const withTrainedEncoder = async <T>(
  { model, part, epochs, checkpoints }: EncoderPlan,
  data: TrainingPairs,
  { weights, seed }: Pick<HeadRow, 'weights'> & { readonly seed: number },
  use: (trainer: OnnxTrainer, cost: TrainingCost) => Promise<T>,
): Promise<T> => {
  const encoder = await OnnxEncoder.load(model, { maximumLength: MAXIMUM_LENGTH, threads: 1 });
  const { learningRate, lora } = PARTS[part];
  const options: OnnxTrainerOptions = lora === undefined ? {} : { lora: { ...lora, seed } };
  const trainer = await OnnxTrainer.create(encoder, options);
  try {
    const started = performance.now();
    let steps = 0;
    await trainOasis(trainer, data, {
      ...ENCODER_SETTINGS,
      learningRate,
      epochs,
      weights,
      seed,
      checkpointDirectory: checkpoints,
      checkpointEvery: 20,
      onStep({ step, loss }, { totalSteps, stepsPerSecond, secondsLeft }) {
        steps++;
        if (step % 20 === 0)
          console.error(
            `  step ${step} of ${totalSteps}, loss ${loss.toFixed(3)}, ${(1 / stepsPerSecond).toFixed(2)} s each, ${secondsLeft.toFixed(0)} s left`,
          );
      },
    });
    const secondsPerStep = (performance.now() - started) / 1000 / Math.max(1, steps);
    return await use(trainer, { steps, secondsPerStep });
  } finally {
    await trainer.close();
    await encoder.close();
  }
};

/** Reciprocal ranks of a set's queries. */
export const encoderRanks = async (trainer: OnnxTrainer, set: RetrievalSet): Promise<Float64Array> => {
  const embed = (texts: readonly string[], role: TextRole) =>
    trainer.encode(trainer.encoder.tokenize(texts, role));
  const ranks = relevantRanks(
    await embed(set.queries, 'query'),
    await embed(set.documents, 'document'),
    set.relevant,
  );
  return perQueryMeasure(ranks, 'mrr@1000');
};
