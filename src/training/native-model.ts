import type { TransformerTokens } from '../encoders/index.js';
import { joinTokens } from '../encoders/transformer/index.js';
import { oasisValueAndGradients } from '../losses/host/index.js';
import type { DenseMatrix, LabeledPairs } from '../numerics/index.js';
import type { OnnxTrainer } from '../onnx/index.js';
import { lossOptions } from './batch-gradients.js';
import type { BatchTerms, TrainableModel } from './trainable-model.js';
import type { TrainingSettings } from './training-options.js';

type NativeSettings = Pick<
  TrainingSettings,
  | 'weights'
  | 'temperature'
  | 'infoNce'
  | 'cosent'
  | 'chunkSize'
  | 'weightDecay'
  | 'epsilon'
  | 'dropout'
  | 'seed'
>;

/** The loss of a batch whose queries stand before its documents, and its gradient. */
const lossOfRows = (
  { data, rows, columns }: DenseMatrix,
  queries: number,
  pairs: LabeledPairs,
  settings: NativeSettings,
) => {
  const border = queries * columns;
  const result = oasisValueAndGradients(
    { data: data.subarray(0, border), rows: queries, columns },
    { data: data.subarray(border), rows: rows - queries, columns },
    pairs,
    lossOptions(settings),
  );
  const gradient = new Float32Array(data.length);
  gradient.set(result.gradients[0].data);
  gradient.set(result.gradients[1].data, border);
  const terms: BatchTerms = { infoNce: result.infoNce, cosent: result.cosent, loss: result.value };
  return { terms, gradient };
};

/**
 * A trainer on ONNX Runtime as `trainOasis` sees it: both sides of a batch go through the model together, sorted by length;
 * losses and optimizer run on the host.
 *
 * With a chunk size, passes hold no more texts than that, and activations are computed again for the backward pass.
 */
export const nativeModel = (
  trainer: OnnxTrainer,
  settings: NativeSettings,
): TrainableModel<TransformerTokens> => {
  const { chunkSize, weightDecay, epsilon } = settings;
  return {
    kind: 'transformer',
    fingerprint: trainer.fingerprint,
    engine: 'onnx',
    shapes: trainer.shapes,
    save: (directory) => trainer.save(directory),
    embed: (tokens) => trainer.encode(tokens),
    takeWeights: async () => trainer.weights(),
    putWeights: (weights) => trainer.putWeights(weights),
    moments: async () => trainer.moments(),
    putMoments: (moments) => trainer.putMoments(moments),
    async start() {
      if (settings.dropout !== undefined) await trainer.setDropout(settings.dropout);
      trainer.clearGradients();
    },
    async accumulate({ queries, documents, pairs }, _isLast, number) {
      let terms: BatchTerms | null = null;
      const tokens = joinTokens(queries, documents);
      const loss = (rows: DenseMatrix) => {
        const result = lossOfRows(rows, queries.length, pairs, settings);
        terms = result.terms;
        return { value: result.terms.loss, gradient: result.gradient };
      };
      await trainer.accumulate(
        { tokens, loss },
        {
          noise: `${settings.seed} ${number}`,
          ...(chunkSize === null ? {} : { textsPerPass: chunkSize, recompute: true }),
        },
      );
      return terms!;
    },
    squaredNorm: async () => (await trainer.gradientNorm()) ** 2,
    firstNotFinite: async () => trainer.firstNotFinite(),
    update: (learningRate, step, gradientScale) =>
      trainer.update(learningRate, { step, gradientScale, weightDecay, epsilon }),
    clearGradients: () => trainer.clearGradients(),
    async close() {
      trainer.clearGradients();
    },
  };
};
