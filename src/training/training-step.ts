import type { TextRole, TokenizedTexts } from '../encoders/index.js';
import { createRandom, firstNotFinite } from '../numerics/index.js';
import type { EncodedBatch } from './batch-gradients.js';
import type { BatchTokens } from './batch-tokens.js';
import type { OasisBatch } from './batches.js';
import type { TrainableModel } from './trainable-model.js';
import type { TrainingSettings } from './training-options.js';
import type { StepRecord } from './training-records.js';

/** What a step works on: batches, and where the tokens of their rows come from. */
export interface StepInput<Tokens extends TokenizedTexts> {
  readonly queries: BatchTokens<Tokens>;
  readonly documents: BatchTokens<Tokens>;
  /** One for each accumulated gradient. */
  readonly batches: readonly OasisBatch[];
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  /** Number of the first batch since training began: names the noise. */
  readonly firstBatch: number;
  readonly learningRate: number;
}

const TERMS = ['infoNce', 'cosent', 'loss'] as const;

const checkBatch = ({ queries, documents, pairs }: OasisBatch, where: string) => {
  if (queries.length === 0 || documents.length === 0) {
    throw new RangeError(
      `a batch must hold queries and documents, received ${queries.length} and ${documents.length} at ${where}`,
    );
  }
  if (!Array.from(pairs.positive).some(Boolean)) {
    throw new RangeError(
      `a batch must hold a positive pair, received ${pairs.positive.length} pairs without one at ${where}`,
    );
  }
};

const encodedBatch = <Tokens extends TokenizedTexts>(
  model: TrainableModel<Tokens>,
  input: StepInput<Tokens>,
  number: number,
  seed: number,
): EncodedBatch<Tokens> => {
  const batch = input.batches[number]!;
  const random = createRandom(seed, `noise-${input.firstBatch + number}`);
  const noisy = (tokens: Tokens, role: TextRole) =>
    model.augment === undefined ? tokens : model.augment(tokens, role, random);
  return {
    queries: noisy(input.queries(batch.queries), 'query'),
    documents: noisy(input.documents(batch.documents), 'document'),
    pairs: batch.pairs,
  };
};

/** A loss or gradient that is not a number: weights and moments are as they were before the step. */
export class NotFiniteError extends Error {}

/**
 * Loss, gradients, accumulation, clipping and update.
 *
 * The numbers are read before the update: a loss or gradient that is not finite, or an engine that fails, leaves the
 * weights as they were.
 *
 * @throws {NotFiniteError} Naming the step and the term or weight that is not finite.
 */
export const trainingStep = async <Tokens extends TokenizedTexts>(
  model: TrainableModel<Tokens>,
  input: StepInput<Tokens>,
  { clipNorm, seed }: Pick<TrainingSettings, 'clipNorm' | 'seed'>,
): Promise<StepRecord> => {
  const { batches, step, epoch, learningRate } = input;
  const where = `step ${step} (epoch ${epoch})`;
  const means = { infoNce: 0, cosent: 0, loss: 0 };
  try {
    for (const [number, batch] of batches.entries()) {
      checkBatch(batch, where);
      const encoded = encodedBatch(model, input, number, seed);
      const isLast = number + 1 === batches.length;
      const terms = await model.accumulate(encoded, isLast, input.firstBatch + number);
      for (const term of TERMS) {
        if (!Number.isFinite(terms[term])) {
          const weight = firstNotFinite(await model.takeWeights());
          const cause = weight === null ? '' : `: the weight ${weight} is not finite`;
          throw new NotFiniteError(`${term} is ${terms[term]} at ${where}${cause}`);
        }
        means[term] += terms[term] / batches.length;
      }
    }
    const squared = await model.squaredNorm();
    if (!Number.isFinite(squared)) {
      const name = await model.firstNotFinite();
      throw new NotFiniteError(
        name === null
          ? `the norm of the gradients is ${Math.sqrt(squared)} at ${where}`
          : `the gradient of ${name} is not finite at ${where}`,
      );
    }
    const gradientNorm = Math.sqrt(squared) / batches.length;
    const clip = gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    await model.update(learningRate, step + 1, clip / batches.length);
    return { step, epoch, ...means, learningRate, gradientNorm };
  } finally {
    model.clearGradients();
  }
};
