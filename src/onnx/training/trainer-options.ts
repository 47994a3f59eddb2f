import type { ModelDescription } from '../../encoders/description/index.js';
import { weightList } from '../../encoders/description/index.js';
import type { LoraOptions } from '../../encoders/index.js';
import { checkOptions, type OptionNames } from '../../numerics/index.js';
import type { DropoutRate } from '../build/dropout.js';

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
  /**
   * Whether layers are computed again on the way back, so that of a pass nothing is kept but what each layer begins with:
   * memory for long texts, at the price of another forward pass.
   *
   * @defaultValue false
   */
  readonly recomputeLayers?: boolean;
  /**
   * The share of numbers that training drops, everywhere the architecture does so (embeddings, attention's shares, what blocks
   * add), or `'config'` for the rates of the model's config.json. Masks follow from seed, step and pass: computed again, or
   * resumed, a pass drops the same.
   *
   * @defaultValue 0
   */
  readonly dropout?: DropoutRate;
  /** Of what is dropped. @defaultValue 0 */
  readonly seed?: number;
  /**
   * Where AdamW runs. On the `device`, weights, gradients and moments stay there between steps, and graphs change them: nothing
   * but tokens, embeddings and their gradient goes back and forth. ONNX Runtime leaves tensors on WebGPU; on other devices they
   * still return to the host after each run. The `host` changes the encoder's own weights.
   *
   * @defaultValue 'host'
   */
  readonly optimizer?: 'host' | 'device';
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
  recomputeLayers: true,
  dropout: true,
  seed: true,
  optimizer: true,
};

/** @throws {RangeError} When an option is out of range. */
export const checkTrainerOptions = (
  options: OnnxTrainerOptions,
  encoder: { readonly model: ModelDescription },
): void => {
  checkOptions('OnnxTrainer.create', options, TRAINER_OPTIONS);
  const { frozenLayers = 0, clipNorm = 1, dropout = 0, seed = 0 } = options;
  const layers = encoder.model.transformer.layers.length;
  if (!(Number.isInteger(frozenLayers) && frozenLayers >= 0 && frozenLayers <= layers)) {
    throw new RangeError(`frozenLayers must be a whole number from 0 to ${layers}, received ${frozenLayers}`);
  }
  checkDropout(dropout);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a safe integer, received ${seed}`);
  const { optimizer = 'host' } = options;
  if (optimizer !== 'host' && optimizer !== 'device')
    throw new RangeError(`optimizer must be host or device, received ${optimizer}`);
  if (!(clipNorm > 0)) throw new RangeError(`clipNorm must be above 0, received ${clipNorm}`);
};

/** @throws {RangeError} When it is neither `'config'` nor from 0 to below 1. */
export const checkDropout = (dropout: DropoutRate): void => {
  if (dropout !== 'config' && !(dropout >= 0 && dropout < 1))
    throw new RangeError(`dropout must be config, or from 0 to below 1, received ${dropout}`);
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

/** AdamW's settings, with the defaults that {@link OnnxTrainerOptions} names. */
export const adamWSettings = ({
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0.01,
}: Pick<OnnxTrainerOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>) => ({
  beta1,
  beta2,
  epsilon,
  weightDecay,
});
