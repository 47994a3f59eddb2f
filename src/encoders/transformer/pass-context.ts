import type * as tf from '@tensorflow/tfjs';
import type { AttentionDescription, TransformerDescription } from '../description/index.js';
import type { LearnedBias } from './attention.js';
import { attentionMask } from './attention-mask.js';
import type { PaddedTexts } from './embed-tokens.js';
import { isTrainable } from './linear.js';
import type { Parameters } from './parameters.js';
import { relativeBias } from './relative-bias.js';
import { type RotaryTables, rotaryTables } from './rotary.js';

/** What the layers of one pass share. */
export interface PassContext {
  /** [B], tokens without padding. */
  readonly lengths: Uint32Array;
  readonly length: number;
  readonly bias: LearnedBias | null;
  mask(attention: AttentionDescription): tf.Tensor4D | null;
  rotary(attention: AttentionDescription): RotaryTables | null;
}

const maskKey = ({ sight }: AttentionDescription): string => JSON.stringify(sight);
const rotaryKey = ({ rotary, headSize }: AttentionDescription): string => `${rotary?.base} ${headSize}`;

/** Masks, angles and biases of texts padded to one length, each once for all layers that have the same. */
export const passContext = (
  { lengths, length }: PaddedTexts,
  { layers, relativeBias: description }: TransformerDescription,
  parameters: Parameters,
): PassContext => {
  const masks = new Map<string, tf.Tensor4D | null>();
  const tables = new Map<string, RotaryTables>();
  for (const { attention } of layers) {
    const [mask, angles] = [maskKey(attention), rotaryKey(attention)];
    if (!masks.has(mask)) masks.set(mask, attentionMask(attention.sight, lengths, length));
    if (attention.rotary !== null && !tables.has(angles))
      tables.set(angles, rotaryTables(length, attention.headSize, attention.rotary.base));
  }
  const table = description === null ? null : parameters.get<tf.Tensor2D>(description.table.weight);
  return {
    lengths,
    length,
    bias:
      description === null || table === null
        ? null
        : { values: relativeBias(table, description, length), isTrained: isTrainable(table) },
    mask: (attention) => masks.get(maskKey(attention)) ?? null,
    rotary: (attention) => (attention.rotary === null ? null : tables.get(rotaryKey(attention))!),
  };
};
