import * as tf from '@tensorflow/tfjs';
import {
  type CosentEmbeddingOptions,
  type CosentOptions,
  cachedGradients,
  cosentEmbeddingLoss,
  cosentLoss,
  type InfoNceOptions,
  infoNceLoss,
  type KlDivergenceOptions,
  klDivergenceLoss,
  type ListNetOptions,
  listNetLoss,
  type MarginMseOptions,
  marginMseLoss,
  matryoshkaLoss,
  type OasisOptions,
  oasisLoss,
} from '../../../src/losses/index.js';
import type { Mix } from '../mixes.js';

/** A value, and the derivative along the mix's direction. */
export interface Measured {
  readonly value: number;
  readonly slope: number;
}

const infoNce = (queries: tf.Tensor2D, documents: tf.Tensor2D, mix: Mix): tf.Scalar => {
  const guide = mix.options.guide as { queries: number[][]; documents: number[][] } | undefined;
  const options = { ...mix.options } as unknown as InfoNceOptions & { reduction: 'mean' };
  if (guide === undefined) return infoNceLoss(queries, documents, options);
  return infoNceLoss(queries, documents, {
    ...options,
    guide: { ...guide, queries: tf.tensor2d(guide.queries), documents: tf.tensor2d(guide.documents) },
  });
};

const losses: Readonly<Record<Mix['kind'], (inputs: readonly tf.Tensor2D[], mix: Mix) => tf.Scalar>> = {
  cosent: ([scores], { labels, options }) =>
    cosentLoss(tf.reshape(scores!, [-1]) as tf.Tensor1D, labels, options as CosentOptions),
  pairs: ([left, right], { labels, options }) =>
    cosentEmbeddingLoss(left!, right!, labels, options as CosentEmbeddingOptions),
  infoNce: ([queries, documents], mix) => infoNce(queries!, documents!, mix),
  cached: ([queries, documents], mix) => infoNce(queries!, documents!, mix),
  listNet: ([scores], { labels, options }) =>
    listNetLoss(tf.reshape(scores!, [-1]) as tf.Tensor1D, labels, options as ListNetOptions),
  klDivergence: ([scores], { labels, options }) =>
    klDivergenceLoss(tf.reshape(scores!, [-1]) as tf.Tensor1D, labels, options as KlDivergenceOptions),
  marginMse: ([scores], { labels, options }) =>
    marginMseLoss(tf.reshape(scores!, [-1]) as tf.Tensor1D, labels, options as MarginMseOptions),
  matryoshka: (inputs, mix) =>
    matryoshkaLoss((q, d) => infoNce(q!, d!, mix), inputs, { dimensions: mix.labels }),
  oasis: ([queries, documents], { options }) =>
    oasisLoss(queries!, documents!, options.pairs as never, { infoNce: options.infoNce } as OasisOptions)
      .loss,
};

/** Through the gradient cache: the inputs are variables, and a chunk of a side is a slice of its own. */
const cached = (mix: Mix): { value: tf.Scalar; grads: tf.Tensor[] } => {
  const variables = mix.inputs.map((rows) => tf.variable(tf.tensor2d(rows as number[][])));
  const batch = { queries: mix.inputs[0]!, documents: mix.inputs[1]! };
  const { value, grads } = cachedGradients(
    (_, from, to, side) =>
      tf.slice(variables[side === 'queries' ? 0 : 1]!, [from, 0], [to - from, -1]) as tf.Tensor2D,
    batch,
    ({ queries, documents }) => infoNce(queries, documents, mix),
    { chunkSize: 3, variables },
  );
  const found = variables.map((v) => grads[v.name] ?? tf.zerosLike(v));
  tf.dispose(variables);
  return { value, grads: found };
};

/** Runs mixes one after another on the current backend. */
export const runMixes = async (mixes: readonly Mix[]): Promise<Measured[]> => {
  const measured: Measured[] = [];
  for (const mix of mixes) {
    const inputs = mix.inputs.map((rows) => tf.tensor2d(rows as number[][]));
    const { value, grads } =
      mix.kind === 'cached'
        ? cached(mix)
        : tf.valueAndGrads((...xs: tf.Tensor[]) => losses[mix.kind](xs as tf.Tensor2D[], mix))(inputs);
    let slope = 0;
    for (const [side, grad] of grads.entries()) {
      const values = await grad.data();
      mix.direction[side]!.flat().forEach((along, i) => {
        slope += along * values[i]!;
      });
    }
    measured.push({ value: (await value.data())[0]!, slope });
    tf.dispose([value, ...grads, ...inputs]);
    tf.disposeVariables();
  }
  return measured;
};
