import * as tf from '@tensorflow/tfjs';
import type { Encoder, TokenizedTexts } from '../encoders/index.js';
import { oasisLoss } from '../losses/index.js';
import { createRandom } from '../numerics/index.js';
import { type AdamW, stableName } from './adam-w.js';
import type { OasisBatch } from './batches.js';
import type { StepRecord, TrainingSettings } from './training-options.js';

/** What a step works on: tokenised texts and the rows of them that it takes. */
export interface StepInput<Tokens extends TokenizedTexts> {
  readonly queries: Tokens;
  readonly documents: Tokens;
  readonly batch: OasisBatch;
  /** Counted from 0. */
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
}

interface StepValues {
  readonly infoNce: number;
  readonly cosent: number;
  readonly loss: number;
  /** The squared L2 norm of each variable's gradient. */
  readonly squaredNorms: readonly number[];
}

const assertFinite = (values: StepValues, variables: readonly tf.Variable[], where: string) => {
  for (const term of ['infoNce', 'cosent', 'loss'] as const) {
    if (!Number.isFinite(values[term])) throw new Error(`${term} is ${values[term]} at ${where}`);
  }
  values.squaredNorms.forEach((norm, i) => {
    if (!Number.isFinite(norm)) {
      throw new Error(`the gradient of ${stableName(variables[i]!)} is not finite at ${where}`);
    }
  });
};

/**
 * Loss, gradients, clipping and update for one batch.
 *
 * The numbers come back in one read, before the update: a loss or gradient that is not finite leaves the weights as
 * they were.
 *
 * @throws Error naming the step and the term or variable that is not finite.
 */
export const trainingStep = async <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  optimizer: AdamW,
  { queries, documents, batch, step, epoch, learningRate }: StepInput<Tokens>,
  { weights, temperature, clipNorm, seed }: TrainingSettings,
): Promise<StepRecord> => {
  const random = createRandom(seed, `noise-${step}`);
  const augmented = (tokens: Tokens, role: 'query' | 'document') =>
    encoder.augment === undefined ? tokens : encoder.augment(tokens, role, random);
  const queryTokens = augmented(encoder.select(queries, batch.queries), 'query');
  const documentTokens = augmented(encoder.select(documents, batch.documents), 'document');
  const variables = encoder.variables;

  const { gradients, numbers } = tf.tidy(() => {
    let terms: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const result = oasisLoss(
        encoder.encode(queryTokens, 'query'),
        encoder.encode(documentTokens, 'document'),
        batch.pairs,
        { weights, temperature },
      );
      terms = [tf.keep(tf.clone(result.infoNce)), tf.keep(tf.clone(result.cosent))];
      return result.loss as tf.Scalar;
    }, [...variables]);
    const gradients = variables.map((variable) => grads[variable.name]!);
    const norms = gradients.map((gradient) => tf.sum(tf.square(gradient)));
    const numbers = tf.stack([...terms, value, ...norms]);
    for (const term of terms) term.dispose();
    return { gradients, numbers };
  });

  try {
    const [infoNce, cosent, loss, ...squaredNorms] = await numbers.data();
    const values = { infoNce: infoNce!, cosent: cosent!, loss: loss!, squaredNorms };
    assertFinite(values, variables, `step ${step} (epoch ${epoch})`);
    const gradientNorm = Math.sqrt(squaredNorms.reduce((sum, norm) => sum + norm, 0));
    const scale = gradientNorm > clipNorm ? clipNorm / gradientNorm : 1;
    optimizer.update(gradients, learningRate, step + 1, scale);
    return {
      step,
      epoch,
      loss: values.loss,
      infoNce: values.infoNce,
      cosent: values.cosent,
      learningRate,
      gradientNorm,
    };
  } finally {
    numbers.dispose();
    for (const gradient of gradients) gradient.dispose();
  }
};
