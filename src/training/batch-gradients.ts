import * as tf from '@tensorflow/tfjs';
import type { Encoder, TextRole, TokenizedTexts } from '../encoders/index.js';
import { cachedGradients, type OasisLoss, oasisLoss } from '../losses/index.js';
import type { LabeledPairs } from '../numerics/index.js';
import type { TrainingSettings } from './training-options.js';

/** The two sides of a batch, noise already applied, and the pairs among them. */
export interface EncodedBatch<Tokens extends TokenizedTexts> {
  readonly queries: Tokens;
  readonly documents: Tokens;
  readonly pairs: LabeledPairs;
}

/** What a batch gives: [3] InfoNCE, CoSENT and loss, and a gradient for each variable in their order. */
export interface BatchGradients {
  readonly terms: tf.Tensor1D;
  readonly gradients: readonly tf.Tensor[];
}

/** Computes the gradients of batches, in this thread or in others. */
export interface GradientSource<Tokens extends TokenizedTexts> {
  /** The caller disposes of the tensors. */
  gradients(batch: EncodedBatch<Tokens>): Promise<BatchGradients>;
  close(): Promise<void>;
}

type LossSettings = Pick<TrainingSettings, 'weights' | 'temperature' | 'infoNce' | 'cosent' | 'chunkSize'>;

/** The options of the loss, on tensors or on typed arrays. */
export const lossOptions = ({
  weights,
  temperature,
  infoNce,
  cosent: { groups, ...cosent },
}: Omit<LossSettings, 'chunkSize'>) => ({
  weights,
  temperature,
  infoNce,
  cosent: { ...cosent, ...(groups === 'query' ? { groups } : {}) },
});

/** The loss as the trainer takes it. */
export const batchLoss = (
  queries: tf.Tensor2D,
  documents: tf.Tensor2D,
  pairs: LabeledPairs,
  settings: Omit<LossSettings, 'chunkSize'>,
): OasisLoss => oasisLoss(queries, documents, pairs, lossOptions(settings));

/** Gradients in this thread: of the whole batch at once, or chunk by chunk. */
export const localGradients = <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  settings: LossSettings,
): GradientSource<Tokens> => ({
  async gradients({ queries, documents, pairs }) {
    const variables = [...encoder.variables];
    return tf.tidy(() => {
      let parts: tf.Tensor[] = [];
      const loss = (q: tf.Tensor2D, d: tf.Tensor2D) => {
        const result = batchLoss(q, d, pairs, settings);
        parts = [tf.keep(tf.clone(result.infoNce)), tf.keep(tf.clone(result.cosent))];
        return result.loss;
      };
      const { value, grads } =
        settings.chunkSize === null
          ? tf.variableGrads(() => {
              const sides = encodeSides(encoder, queries, documents);
              return loss(sides.queries, sides.documents);
            }, variables)
          : cachedGradients(
              (tokens: Tokens, from, to, side) =>
                encoder.encode(rowsOf(encoder, tokens, from, to), roleOf[side]),
              { queries, documents },
              (rows) => loss(rows.queries, rows.documents),
              { chunkSize: settings.chunkSize, variables },
            );
      const terms = tf.stack([...parts, value]) as tf.Tensor1D;
      tf.dispose(parts);
      return {
        terms,
        gradients: variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable)),
      };
    });
  },
  async close() {},
});

/** Both sides of a batch, in one pass where the encoder has one. */
export const encodeSides = <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  queries: Tokens,
  documents: Tokens,
): { queries: tf.Tensor2D; documents: tf.Tensor2D } =>
  encoder.encodeSides?.(queries, documents) ?? {
    queries: encoder.encode(queries, 'query'),
    documents: encoder.encode(documents, 'document'),
  };

/** The role of the texts on a side of a batch. */
export const roleOf: Readonly<Record<'queries' | 'documents', TextRole>> = {
  queries: 'query',
  documents: 'document',
};

/** Rows from `from` up to `to` of a batch. */
export const rowsOf = <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  tokens: Tokens,
  from: number,
  to: number,
): Tokens =>
  from === 0 && to === tokens.length
    ? tokens
    : encoder.select(
        tokens,
        Uint32Array.from({ length: to - from }, (_, i) => from + i),
      );
