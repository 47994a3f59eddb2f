import * as tf from '@tensorflow/tfjs';
import { type Encoder, encodeTokens, type TokenizedTexts } from '../encoders/index.js';
import type { AdamW } from './adam-w.js';
import type { GradientSource } from './batch-gradients.js';
import { firstNotFinite, squaredNorm } from './gradient-norm.js';
import { stableNames } from './stable-names.js';
import type { TrainableModel, Weights } from './trainable-model.js';

/**
 * An encoder on TensorFlow.js as the trainer sees it.
 *
 * @param optimizer Of the encoder's variables; closed with the model.
 * @param openGradients Where gradients come from: this thread, or others.
 */
export const tensorModel = <Tokens extends TokenizedTexts>(
  encoder: Encoder<Tokens>,
  optimizer: AdamW,
  openGradients: () => Promise<GradientSource<Tokens>>,
): TrainableModel<Tokens> => {
  const { variables } = encoder;
  const names = stableNames(variables);
  let source: GradientSource<Tokens> | null = null;
  let sums: readonly tf.Tensor[] = [];
  let norm: number | tf.Scalar = 0;
  const clearGradients = () => {
    tf.dispose([...sums]);
    if (typeof norm !== 'number') norm.dispose();
    sums = [];
    norm = 0;
  };
  return {
    kind: encoder.kind,
    fingerprint: encoder.fingerprint,
    engine: undefined,
    shapes: new Map(variables.map(({ shape }, i) => [names[i]!, shape])),
    ...(encoder.augment === undefined
      ? {}
      : { augment: (tokens, role, random) => encoder.augment!(tokens, role, random) }),
    save: (directory) => encoder.save(directory),
    embed: (tokens, role) => encodeTokens(encoder, tokens, role),
    async takeWeights() {
      const weights = new Map<string, { shape: number[]; data: Float32Array }>();
      for (const [i, variable] of variables.entries()) {
        const data = Float32Array.from(await variable.data<'float32'>());
        weights.set(names[i]!, { shape: variable.shape, data });
      }
      return weights;
    },
    putWeights(weights: Weights) {
      for (const [i, variable] of variables.entries()) {
        const stored = weights.get(names[i]!);
        if (stored?.shape.join() !== variable.shape.join()) {
          throw new Error(`weights of ${names[i]} must have shape [${variable.shape.join(', ')}]`);
        }
        tf.tidy(() => variable.assign(tf.tensor(stored.data, variable.shape)));
      }
    },
    moments: () => optimizer.state(),
    putMoments: (moments) => optimizer.restore(moments),
    async start() {
      source ??= await openGradients();
    },
    async accumulate(batch, isLast) {
      source ??= await openGradients();
      const { terms, gradients } = await source.gradients(batch);
      try {
        const previous = sums;
        sums = previous.length === 0 ? gradients : gradients.map((g, i) => tf.add(previous[i]!, g));
        if (previous.length > 0) tf.dispose([...previous, ...gradients]);
        // Before anything is read: a device computes both in one go.
        if (isLast) norm = squaredNorm(sums, variables);
        const [infoNce, cosent, loss] = await terms.data<'float32'>();
        return { infoNce: infoNce!, cosent: cosent!, loss: loss! };
      } finally {
        terms.dispose();
      }
    },
    squaredNorm: async () => (typeof norm === 'number' ? norm : (await norm.data())[0]!),
    firstNotFinite: () => firstNotFinite(sums, variables),
    update: (learningRate, step, gradientScale) => optimizer.update(sums, learningRate, step, gradientScale),
    clearGradients,
    async close() {
      clearGradients();
      await source?.close();
      optimizer.dispose();
    },
  };
};
