import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { OnnxEncoder, OnnxTrainer, type OnnxTrainerOptions } from '../../../src/onnx/index.js';
import { trainOasis } from '../../../src/training/index.js';
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
  readonly maximumLength: number;
}

/** What a training took: of an interrupted one the part since it resumed. */
export interface TrainingCost {
  readonly steps: number;
  readonly processorSecondsPerStep: number;
  readonly peakGiB: number;
}

const processorSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/**
 * Trains the published model by one row of the table and leaves the result in a folder: `model`, which every tool reads, and `adapter`,
 * the low-rank updates alone. A training that was interrupted resumes, one that is finished is left alone.
 */
export const trainEncoder = async (
  { model, part, epochs, maximumLength }: EncoderPlan,
  data: TrainingPairs,
  { weights, order = {} }: Pick<HeadRow, 'weights' | 'order'>,
  { seed, folder }: { readonly seed: number; readonly folder: string },
): Promise<TrainingCost | null> => {
  if (existsSync(join(folder, 'model'))) return null;
  const encoder = await OnnxEncoder.load(model, { maximumLength, threads: 1 });
  const { learningRate, lora } = PARTS[part];
  const options: OnnxTrainerOptions = lora === undefined ? {} : { lora: { ...lora, seed } };
  const trainer = await OnnxTrainer.create(encoder, options);
  try {
    const started = processorSeconds();
    let steps = 0;
    await trainOasis(trainer, data, {
      ...ENCODER_SETTINGS,
      ...order,
      learningRate,
      epochs,
      weights,
      seed,
      checkpointDirectory: join(folder, 'checkpoint'),
      checkpointEvery: 10,
      onStep({ step, loss }, { totalSteps, stepsPerSecond, secondsLeft }) {
        steps++;
        if (step % 10 === 0)
          console.error(
            `  step ${step} of ${totalSteps}, loss ${loss.toFixed(3)}, ${(1 / stepsPerSecond).toFixed(2)} s each, ${secondsLeft.toFixed(0)} s left`,
          );
      },
    });
    const processorSecondsPerStep = (processorSeconds() - started) / Math.max(1, steps);
    if (lora !== undefined) await trainer.saveAdapter(join(folder, 'adapter'), 'all-MiniLM-L6-v2');
    const unfinished = join(folder, 'unfinished');
    await rm(unfinished, { recursive: true, force: true });
    await trainer.save(unfinished);
    await rename(unfinished, join(folder, 'model'));
    return { steps, processorSecondsPerStep, peakGiB: process.resourceUsage().maxRSS / 1024 ** 2 };
  } finally {
    await trainer.close();
    await encoder.close();
  }
};
