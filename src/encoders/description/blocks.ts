import type { ConfigFields } from './config-fields.js';
import type {
  DropoutDescription,
  LayerNorms,
  LinearDescription,
  NormDescription,
  TableDescription,
} from './model-description.js';

/** `name.weight` and `name.bias`. */
export const linear = (name: string, inputs: number, outputs: number, hasBias = true): LinearDescription => ({
  weight: `${name}.weight`,
  bias: hasBias ? `${name}.bias` : null,
  inputs,
  outputs,
});

export const layerNorm = (name: string, width: number, epsilon: number, hasBias = true): NormDescription => ({
  kind: 'layer',
  weight: `${name}.weight`,
  bias: hasBias ? `${name}.bias` : null,
  width,
  epsilon,
  weightOffset: 0,
});

export const rmsNorm = (name: string, width: number, epsilon: number, weightOffset = 0): NormDescription => ({
  kind: 'rms',
  weight: `${name}.weight`,
  bias: null,
  width,
  epsilon,
  weightOffset,
});

export const table = (name: string, rows: number, width: number): TableDescription => ({
  weight: `${name}.weight`,
  rows,
  width,
});

/** The norms of a layer, by the places that have one. */
export const norms = (some: Partial<LayerNorms>): LayerNorms => ({
  beforeAttention: null,
  insideAttention: null,
  afterAttention: null,
  beforeFeedForward: null,
  insideFeedForward: null,
  afterFeedForward: null,
  ...some,
});

/** The rates of the places that have one. @throws Error naming the field of a rate that is not from 0 to below 1. */
export const dropoutRates = (
  fields: ConfigFields,
  places: Partial<Record<keyof DropoutDescription, readonly [key: string, fallback: number]>>,
): DropoutDescription => {
  const rate = (place: keyof DropoutDescription): number | null => {
    const named = places[place];
    if (named === undefined) return null;
    const value = fields.number(...named);
    return value >= 0 && value < 1 ? value : fields.fail(named[0], 'from 0 to below 1');
  };
  return {
    embeddings: rate('embeddings'),
    attention: rate('attention'),
    attentionOutput: rate('attentionOutput'),
    feedForwardInner: rate('feedForwardInner'),
    feedForwardOutput: rate('feedForwardOutput'),
  };
};

/** BERT's two rates: of hidden vectors at three places, and of attention's shares. */
export const bertDropout = (fields: ConfigFields, fallback: number): DropoutDescription => {
  const hidden = ['hidden_dropout_prob', fallback] as const;
  return dropoutRates(fields, {
    embeddings: hidden,
    attention: ['attention_probs_dropout_prob', fallback],
    attentionOutput: hidden,
    feedForwardOutput: hidden,
  });
};

/** The size of a head, where every feature belongs to one. */
export const headSizeOf = (fields: ConfigFields, width: number, heads: number, key: string): number =>
  width % heads === 0 ? width / heads : fields.fail(key, `a divisor of ${width}`);

/** One layer after another. */
export const layersOf = <Layer>(count: number, layer: (index: number) => Layer): Layer[] =>
  Array.from({ length: count }, (_, index) => layer(index));
