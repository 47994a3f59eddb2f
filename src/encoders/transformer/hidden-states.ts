import * as tf from '@tensorflow/tfjs';
import type { LayerDescription, TransformerDescription } from '../description/index.js';
import { attend } from './attend.js';
import { embedTokens, type PaddedTexts } from './embed-tokens.js';
import { feedForward } from './feed-forward.js';
import { withoutGradient } from './no-gradient.js';
import { normalize } from './normalize.js';
import type { Parameters } from './parameters.js';
import { type PassContext, passContext } from './pass-context.js';

/** One layer: x + attention, then + feed-forward, normalized wherever its architecture does. */
const runLayer = (
  x: tf.Tensor2D,
  { attention, feedForward: block, norms }: LayerDescription,
  parameters: Parameters,
  context: PassContext,
): tf.Tensor2D => {
  const attended = attend(
    normalize(x, null, norms.beforeAttention, parameters),
    attention,
    parameters,
    context,
  );
  const added = normalize(attended, null, norms.insideAttention, parameters);
  const middle = normalize(added, x, norms.afterAttention, parameters);
  const changed = feedForward(
    normalize(middle, null, norms.beforeFeedForward, parameters),
    block,
    parameters,
  );
  const inner = normalize(changed, null, norms.insideFeedForward, parameters);
  return normalize(inner, middle, norms.afterFeedForward, parameters);
};

/**
 * The last hidden states of padded texts.
 *
 * @returns [B · T, width]; rows of padding hold no meaning.
 */
export const hiddenStates = (
  texts: PaddedTexts,
  parameters: Parameters,
  model: TransformerDescription,
): tf.Tensor2D => {
  const context = passContext(texts, model, parameters);
  const { layers } = model;
  const run = (x: tf.Tensor2D, from: number, to: number) => {
    let hidden = x;
    for (let layer = from; layer < to; layer++) {
      const before = hidden;
      hidden = tf.tidy(() => runLayer(before, layers[layer]!, parameters, context));
      // Outside of training nothing needs a layer's input once its output is there.
      if (layer > from) before.dispose();
    }
    return hidden;
  };
  const lowest = Math.min(parameters.lowestTrained, layers.length);
  const frozen = Math.max(lowest, 0);
  const embedded = () => run(embedTokens(texts, model.embeddings, parameters), 0, frozen);
  const hidden = run(lowest < 0 ? embedded() : withoutGradient(embedded), frozen, layers.length);
  return normalize(hidden, null, model.finalNorm, parameters);
};
