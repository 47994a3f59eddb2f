import * as tf from '@tensorflow/tfjs';
import type { Encoder, TextRole, TokenizedTexts } from '../encoders/index.js';
import { createRandom } from '../numerics/index.js';
import type { AdamW } from './adam-w.js';
import type { EncodedBatch, GradientSource } from './batch-gradients.js';
import type { BatchTokens } from './batch-tokens.js';
import type { OasisBatch } from './batches.js';
import { firstNotFinite, squaredNorm } from './gradient-norm.js';
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
  encoder: Encoder<Tokens>,
  input: StepInput<Tokens>,
  number: number,
  seed: number,
): EncodedBatch<Tokens> => {
  const batch = input.batches[number]!;
  const random = createRandom(seed, `noise-${input.firstBatch + number}`);
  const noisy = (tokens: Tokens, role: TextRole) =>
    encoder.augment === undefined ? tokens : encoder.augment(tokens, role, random);
  return {
    queries: noisy(input.queries(batch.queries), 'query'),
    documents: noisy(input.documents(batch.documents), 'document'),
    pairs: batch.pairs,
  };
};

/**
 * Loss, gradients, accumulation, clipping and update.
 *
 * The numbers are read before the update: a loss or gradient that is not finite, or a backend that fails, leaves the
 * weights as they were.
 *
 * @throws Error naming the step and the term or variable that is not finite.
 */
export const trainingStep = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  optimizer: AdamW,
  source: GradientSource<Tokens>,
  input: StepInput<Tokens>,
  { clipNorm, seed }: Pick<TrainingSettings, 'clipNorm' | 'seed'>,
): Promise<StepRecord> => {
  const { batches, step, epoch, learningRate } = input;
  const where = `step ${step} (epoch ${epoch})`;
  const variables = encoder.variables;
  let sums: tf.Tensor[] = [];
  const means = { infoNce: 0, cosent: 0, loss: 0 };
  let norm: number | tf.Scalar = 0;
  try {
    for (const [number, batch] of batches.entries()) {
      checkBatch(batch, where);
      const { terms, gradients } = await source.gradients(encodedBatch(encoder, input, number, seed));
      try {
        const previous = sums;
        sums = previous.length === 0 ? [...gradients] : gradients.map((g, i) => tf.add(previous[i]!, g));
        if (previous.length > 0) tf.dispose([...previous, ...gradients]);
        if (number + 1 === batches.length) norm = squaredNorm(sums, variables);
        const values = await terms.data();
        TERMS.forEach((term, i) => {
          if (!Number.isFinite(values[i])) throw new Error(`${term} is ${values[i]} at ${where}`);
          means[term] += values[i]! / batches.length;
        });
      } finally {
        terms.dispose();
      }
    }
    const squared = typeof norm === 'number' ? norm : (await norm.data())[0]!;
    if (!Number.isFinite(squared)) {
      const name = await firstNotFinite(sums, variables);
      throw new Error(
        name === null
          ? `the norm of the gradients is ${Math.sqrt(squared)} at ${where}`
          : `the gradient of ${name} is not finite at ${where}`,
      );
    }
    const gradientNorm = Math.sqrt(squared) / batches.length;
    const clip = gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    optimizer.update(sums, learningRate, step + 1, clip / batches.length);
    return { step, epoch, ...means, learningRate, gradientNorm };
  } finally {
    tf.dispose(sums);
    if (typeof norm !== 'number') norm.dispose();
  }
};
