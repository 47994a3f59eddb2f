import * as tf from '@tensorflow/tfjs';
import type { ModelDescription } from '../../src/encoders/index.js';
import { headVectors } from '../../src/encoders/transformer/head-vectors.js';
import { hiddenStates } from '../../src/encoders/transformer/hidden-states.js';
import { checkpointTensors } from '../../src/encoders/transformer/model-folder.js';
import { parameterSpecs } from '../../src/encoders/transformer/parameter-specs.js';
import { Parameters } from '../../src/encoders/transformer/parameters.js';
import { poolTokens } from '../../src/encoders/transformer/pooling.js';
import { poolingName } from '../../src/encoders/transformer/pooling-names.js';

/** The tensors of a checkpoint as parameters, every one of them trained. */
const parametersOf = (
  model: ModelDescription,
  weights: ReadonlyMap<string, Float32Array>,
  scope: string,
): Parameters => {
  const specs = parameterSpecs(model);
  const parameters = new Parameters(specs);
  for (const { name, shape, parts, transposed } of specs) {
    const value = tf.tidy(() => {
      const columns = parts.map((part) => {
        const data = weights.get(part.name)!;
        if (shape.length === 1) return tf.tensor1d(data);
        return transposed
          ? tf.transpose(tf.tensor2d(data, [part.columns, shape[0]!]))
          : tf.tensor2d(data, [shape[0]!, part.columns]);
      });
      return columns.length === 1 ? columns[0]!.clone() : tf.concat(columns as tf.Tensor2D[], -1);
    });
    parameters.add(name, value, true, scope);
  }
  return parameters;
};

/**
 * Hidden states, embeddings and the gradient of every weight, for a given gradient of the embeddings, by the names of the
 * checkpoint.
 *
 * @param texts Token ids, each padded behind to the longest.
 */
export const runDescribedModel = async (
  model: ModelDescription,
  weights: ReadonlyMap<string, Float32Array>,
  texts: readonly (readonly number[])[],
  gradient: Float32Array,
) => {
  const { transformer, head } = model;
  const length = Math.max(...texts.map((ids) => ids.length));
  const lengths = Uint32Array.from(texts, (ids) => ids.length);
  const ids = new Int32Array(texts.length * length).fill(transformer.paddingId);
  for (const [i, text] of texts.entries()) ids.set(text, i * length);
  const before = tf.memory().numTensors;
  const parameters = parametersOf(model, weights, 'described');
  let rows: tf.Tensor2D | undefined;
  let vectors: tf.Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    const hidden = hiddenStates({ ids, lengths, length }, parameters, transformer);
    const embeddings = headVectors(
      poolTokens(hidden, lengths, length, poolingName(head.pooling)),
      head,
      parameters,
    );
    [rows, vectors] = [tf.keep(hidden.clone()), tf.keep(embeddings.clone())];
    return tf.sum(tf.mul(embeddings, tf.tensor(gradient, embeddings.shape))) as tf.Scalar;
  }, parameters.variables);
  for (const variable of parameters.variables) variable.assign(grads[variable.name]!);
  const gradients = new Map<string, Float32Array>();
  for (const tensors of checkpointTensors(parameters).values())
    for (const [name, { read }] of tensors) gradients.set(name, await read());
  const hidden = await rows!.data<'float32'>();
  const embeddings = await vectors!.data<'float32'>();
  tf.dispose([value, grads, rows!, vectors!]);
  parameters.dispose();
  return { hidden, embeddings, gradients, length, leaked: tf.memory().numTensors - before };
};
