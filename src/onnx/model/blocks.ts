import type { ConfigFields } from './config-fields.js';
import type {
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

/** The size of a head, where every feature belongs to one. */
export const headSizeOf = (fields: ConfigFields, width: number, heads: number, key: string): number =>
  width % heads === 0 ? width / heads : fields.fail(key, `a divisor of ${width}`);

/** One layer after another. */
export const layersOf = <Layer>(count: number, layer: (index: number) => Layer): Layer[] =>
  Array.from({ length: count }, (_, index) => layer(index));
