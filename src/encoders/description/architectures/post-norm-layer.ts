import { layerNorm, linear, norms } from '../blocks.js';
import type { Activation, LayerDescription } from '../model-description.js';

/** The names of a layer's modules, `at` included. */
export interface PostNormNames {
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attentionOutput: string;
  readonly attentionNorm: string;
  readonly up: string;
  readonly down: string;
  readonly feedForwardNorm: string;
}

export interface PostNormSizes {
  readonly width: number;
  readonly heads: number;
  readonly headSize: number;
  readonly intermediate: number;
  readonly activation: Activation;
  readonly epsilon: number;
}

/** The layer of the first BERT: full attention and a plain feed-forward block, each normalized after its residual. */
export const postNormLayer = (names: PostNormNames, sizes: PostNormSizes): LayerDescription => {
  const { width, heads, headSize, intermediate, activation, epsilon } = sizes;
  return {
    attention: {
      heads,
      keyValueHeads: heads,
      headSize,
      projections: {
        kind: 'separate',
        query: linear(names.query, width, width),
        key: linear(names.key, width, width),
        value: linear(names.value, width, width),
      },
      output: linear(names.attentionOutput, width, width),
      scale: 1 / Math.sqrt(headSize),
      sight: { kind: 'full' },
      rotary: null,
      queryNorm: null,
      keyNorm: null,
    },
    feedForward: {
      kind: 'plain',
      activation,
      up: linear(names.up, width, intermediate),
      down: linear(names.down, intermediate, width),
    },
    norms: norms({
      afterAttention: layerNorm(names.attentionNorm, width, epsilon),
      afterFeedForward: layerNorm(names.feedForwardNorm, width, epsilon),
    }),
  };
};
