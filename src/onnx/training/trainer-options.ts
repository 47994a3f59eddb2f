import type { LoraOptions } from '../../encoders/index.js';
import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { ModelDescription } from '../model/model-description.js';
import { weightList } from '../model/weight-list.js';

/** How {@link OnnxTrainer} steps: AdamW, clipping, adapters, frozen weights. */
export interface OnnxTrainerOptions {
  /** Decay of the mean of gradients. @defaultValue 0.9 */
  readonly beta1?: number;
  /** Decay of the mean of squared gradients. @defaultValue 0.999 */
  readonly beta2?: number;
  /** @defaultValue 1e-8 */
  readonly epsilon?: number;
  /** Decoupled decay, a factor of the learning rate, on matrices and tables. @defaultValue 0.01 */
  readonly weightDecay?: number;
  /** Longer gradients are shortened to this norm. @defaultValue 1 */
  readonly clipNorm?: number;
  /** Layers from below that are not trained. @defaultValue 0 */
  readonly frozenLayers?: number;
  /** Whether the embeddings are not trained. @defaultValue whether any layer is frozen */
  readonly frozenEmbeddings?: boolean;
  /** Trains low-rank updates in the place of the weights: everything else is frozen. */
  readonly lora?: LoraOptions;
  /**
   * Whether the forward pass is computed again for the backward pass (GradCache): memory for one pass instead of for the
   * whole batch, at the price of another forward pass.
   *
   * @defaultValue false
   */
  readonly recompute?: boolean;
}

const TRAINER_OPTIONS: OptionNames<OnnxTrainerOptions> = {
  beta1: true,
  beta2: true,
  epsilon: true,
  weightDecay: true,
  clipNorm: true,
  frozenLayers: true,
  frozenEmbeddings: true,
  lora: true,
  recompute: true,
};

/** @throws {RangeError} When an option is out of range. */
export const checkTrainerOptions = (
  options: OnnxTrainerOptions,
  encoder: { readonly model: ModelDescription },
): void => {
  checkOptions('OnnxTrainer.create', options, TRAINER_OPTIONS);
  const { frozenLayers = 0, clipNorm = 1 } = options;
  const layers = encoder.model.transformer.layers.length;
  if (!(Number.isInteger(frozenLayers) && frozenLayers >= 0 && frozenLayers <= layers)) {
    throw new RangeError(`frozenLayers must be a whole number from 0 to ${layers}, received ${frozenLayers}`);
  }
  if (!(clipNorm > 0)) throw new RangeError(`clipNorm must be above 0, received ${clipNorm}`);
};

/** The shapes of the weights that are not frozen, by name. */
export const unfrozenWeights = (
  model: ModelDescription,
  { frozenLayers = 0, frozenEmbeddings = frozenLayers > 0 }: OnnxTrainerOptions,
): ReadonlyMap<string, readonly number[]> =>
  new Map(
    weightList(model)
      .filter(({ layer }) => (layer < 0 ? !frozenEmbeddings : layer >= frozenLayers))
      .map(({ name, shape }) => [name, shape]),
  );
