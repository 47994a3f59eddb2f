import { openCheckpoint } from '../../encoders/transformer/index.js';
import type { ModelDescription } from './model-description.js';
import { type WeightDescription, weightList } from './weight-list.js';

/** The weights of a model, by name; training changes the values in place. */
export type ModelWeights = Map<string, Float32Array>;

/** Names in use before 2019. */
const olderName = (name: string): string =>
  name.replace(/LayerNorm\.weight$/, 'LayerNorm.gamma').replace(/LayerNorm\.bias$/, 'LayerNorm.beta');

/**
 * Reads every weight that a description names from a folder's model.safetensors or its shards.
 *
 * @throws Error naming folder and tensor that is missing or has another shape than the config asks for.
 */
export const readWeights = async (directory: string, model: ModelDescription): Promise<ModelWeights> => {
  const checkpoint = await openCheckpoint(directory);
  const stored = ({ name }: WeightDescription) =>
    model.transformer.prefixes
      .flatMap((prefix) => [prefix + name, prefix + olderName(name)])
      .find((candidate) => checkpoint.names.has(candidate));
  try {
    const weights: ModelWeights = new Map();
    for (const weight of weightList(model)) {
      const found = stored(weight);
      const shape = found === undefined ? undefined : checkpoint.shape(found);
      if (found === undefined || shape?.join() !== weight.shape.join()) {
        throw new Error(
          `${directory}: the weights must hold ${weight.name} of shape [${weight.shape.join(', ')}], found ` +
            (shape === undefined ? 'no such tensor' : `[${shape.join(', ')}]`),
        );
      }
      weights.set(weight.name, await checkpoint.read(found));
    }
    return weights;
  } finally {
    await checkpoint.close();
  }
};
