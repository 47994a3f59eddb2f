import { linear, norms, rmsNorm } from '../blocks.js';
import type { Activation, AttentionDescription, LayerDescription } from '../model-description.js';

export interface PreNormSizes {
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly intermediate: number;
  readonly activation: Activation;
  readonly epsilon: number;
  /** Whether queries, keys and values have biases. */
  readonly projectionBias: boolean;
  /** Whether each head of queries and keys is normalized. */
  readonly headNorms: boolean;
  /** Added to the weights of norms. */
  readonly weightOffset: number;
  readonly scale: number;
  readonly rotaryBase: number;
  readonly sight: AttentionDescription['sight'];
}

/** The layer of Llama and its kin: grouped attention with rotary positions and a gated block, each normalized before. */
export const preNormLayer = (at: string, sizes: PreNormSizes): LayerDescription => {
  const { width, heads, keyValueHeads, headSize, intermediate, epsilon, weightOffset, projectionBias } =
    sizes;
  const keys = keyValueHeads * headSize;
  const headNorm = (name: string) =>
    sizes.headNorms ? rmsNorm(`${at}.self_attn.${name}`, headSize, epsilon, weightOffset) : null;
  return {
    attention: {
      heads,
      keyValueHeads,
      headSize,
      projections: {
        kind: 'separate',
        query: linear(`${at}.self_attn.q_proj`, width, heads * headSize, projectionBias),
        key: linear(`${at}.self_attn.k_proj`, width, keys, projectionBias),
        value: linear(`${at}.self_attn.v_proj`, width, keys, projectionBias),
      },
      output: linear(`${at}.self_attn.o_proj`, heads * headSize, width, false),
      scale: sizes.scale,
      sight: sizes.sight,
      rotary: { base: sizes.rotaryBase },
      queryNorm: headNorm('q_norm'),
      keyNorm: headNorm('k_norm'),
    },
    feedForward: {
      kind: 'gated',
      activation: sizes.activation,
      projections: {
        kind: 'separate',
        gate: linear(`${at}.mlp.gate_proj`, width, intermediate, false),
        up: linear(`${at}.mlp.up_proj`, width, intermediate, false),
      },
      down: linear(`${at}.mlp.down_proj`, intermediate, width, false),
    },
    norms: norms({
      beforeAttention: rmsNorm(`${at}.input_layernorm`, width, epsilon, weightOffset),
      beforeFeedForward: rmsNorm(`${at}.post_attention_layernorm`, width, epsilon, weightOffset),
    }),
  };
};
