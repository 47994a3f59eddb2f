import type { AttentionDescription, TransformerDescription } from '../../encoders/description/index.js';
import type { Value } from '../graph/graph.js';
import { add } from '../graph/operators.js';
import { type AttentionContext, attention } from './attention.js';
import { paddingBias, relativeBias, sightBias } from './attention-bias.js';
import { dropout } from './dropout.js';
import { embeddings } from './embeddings.js';
import { feedForward } from './feed-forward.js';
import type { LowRankUpdates } from './linear.js';
import type { ModelGraph } from './model-graph.js';
import { norm } from './norm.js';
import { type RotaryTables, rotaryTables } from './rotary.js';

/** Computes what layers share when the first one asks, and gives it to the others. */
const attentionContext = (
  graph: ModelGraph,
  model: TransformerDescription,
  updates: LowRankUpdates,
): AttentionContext => {
  const biases = new Map<string, Value>();
  const tables = new Map<string, RotaryTables>();
  const bias = (sight: AttentionDescription['sight']) => {
    const parts = [
      paddingBias(graph),
      sightBias(graph, sight),
      model.relativeBias === null ? null : relativeBias(graph, model.relativeBias, model.maximumLength),
    ];
    return parts.filter((part) => part !== null).reduce((sum, part) => add(graph, sum, part));
  };
  return {
    updates,
    bias(sight) {
      const key = JSON.stringify(sight);
      const value = biases.get(key) ?? bias(sight);
      biases.set(key, value);
      return value;
    },
    rotary({ rotary, headSize }) {
      if (rotary === null) return null;
      const key = `${rotary.base} ${headSize}`;
      const value = tables.get(key) ?? rotaryTables(graph, rotary.base, headSize, model.maximumLength);
      tables.set(key, value);
      return value;
    },
  };
};

/** The vectors of all tokens after the last layer, [rows, width]; those of padding hold no meaning. */
export const hiddenStates = (
  graph: ModelGraph,
  model: TransformerDescription,
  updates: LowRankUpdates = new Map(),
): Value => {
  const context = attentionContext(graph, model, updates);
  let hidden = dropout(graph, embeddings(graph, model.embeddings), 'embeddings', 'embeddings');
  for (const [index, layer] of model.layers.entries()) {
    const { norms } = layer;
    const at = String(index);
    graph.addBorder(hidden);
    const attended = dropout(
      graph,
      attention(graph, norm(graph, hidden, norms.beforeAttention), layer.attention, context, at),
      'attentionOutput',
      at,
    );
    const first = add(graph, norm(graph, attended, norms.insideAttention), hidden);
    const middle = norm(graph, first, norms.afterAttention);
    const changed = dropout(
      graph,
      feedForward(graph, norm(graph, middle, norms.beforeFeedForward), layer.feedForward, updates, at),
      'feedForwardOutput',
      at,
    );
    const second = add(graph, norm(graph, changed, norms.insideFeedForward), middle);
    hidden = norm(graph, second, norms.afterFeedForward);
  }
  return norm(graph, hidden, model.finalNorm);
};
