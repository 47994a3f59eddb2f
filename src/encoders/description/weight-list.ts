import type {
  FeedForwardDescription,
  LinearDescription,
  ModelDescription,
  NormDescription,
  TableDescription,
} from './model-description.js';

/** A weight of a described model. */
export interface WeightDescription {
  readonly name: string;
  readonly shape: readonly number[];
  /** The layer it belongs to: −1 for the embeddings, the number of layers for what stands behind them. */
  readonly layer: number;
}

/** Every weight of a model, from the embeddings up. */
export const weightList = ({
  transformer,
  head,
}: Pick<ModelDescription, 'transformer' | 'head'>): WeightDescription[] => {
  const list: WeightDescription[] = [];
  const put = (layer: number, name: string | null, shape: readonly number[]) => {
    if (name !== null) list.push({ name, shape, layer });
  };
  const table = (layer: number, item: TableDescription | null) => {
    if (item !== null) put(layer, item.weight, [item.rows, item.width]);
  };
  const norm = (layer: number, item: NormDescription | null) => {
    if (item === null) return;
    put(layer, item.weight, [item.width]);
    put(layer, item.bias, [item.width]);
  };
  const linear = (layer: number, { weight, bias, inputs, outputs }: LinearDescription) => {
    put(layer, weight, [outputs, inputs]);
    put(layer, bias, [outputs]);
  };
  const { words, positions, tokenTypes, norm: first } = transformer.embeddings;
  table(-1, words);
  table(-1, positions.kind === 'none' ? null : positions.table);
  table(-1, tokenTypes);
  norm(-1, first);
  table(-1, transformer.relativeBias?.table ?? null);
  transformer.layers.forEach(({ attention, feedForward, norms }, layer) => {
    const { projections, output, queryNorm, keyNorm } = attention;
    norm(layer, norms.beforeAttention);
    if (projections.kind === 'joined') linear(layer, projections.map);
    else for (const map of [projections.query, projections.key, projections.value]) linear(layer, map);
    norm(layer, queryNorm);
    norm(layer, keyNorm);
    linear(layer, output);
    norm(layer, norms.insideAttention);
    norm(layer, norms.afterAttention);
    norm(layer, norms.beforeFeedForward);
    for (const map of feedForwardMaps(feedForward)) linear(layer, map);
    norm(layer, norms.insideFeedForward);
    norm(layer, norms.afterFeedForward);
  });
  norm(transformer.layers.length, transformer.finalNorm);
  for (const { map } of head.dense) linear(transformer.layers.length, map);
  return list;
};

/** The maps of a feed-forward block, those on its input first. */
export const feedForwardMaps = (block: FeedForwardDescription): LinearDescription[] => {
  if (block.kind === 'plain') return [block.up, block.down];
  const { projections, down } = block;
  return projections.kind === 'joined' ? [projections.map, down] : [projections.gate, projections.up, down];
};

/** A linear map inside a layer: low-rank updates may apply to it. */
export interface LayerMap extends LinearDescription {
  readonly layer: number;
  /** Whether queries or values come from it. */
  readonly isQueryOrValue: boolean;
}

export const layerMaps = ({ transformer }: ModelDescription): LayerMap[] =>
  transformer.layers.flatMap(({ attention: { projections, output }, feedForward }, layer) => {
    const some = (maps: readonly LinearDescription[], isQueryOrValue: boolean) =>
      maps.map((map) => ({ ...map, layer, isQueryOrValue }));
    const inputs =
      projections.kind === 'joined'
        ? some([projections.map], true)
        : [
            ...some([projections.query], true),
            ...some([projections.key], false),
            ...some([projections.value], true),
          ];
    return [...inputs, ...some([output, ...feedForwardMaps(feedForward)], false)];
  });
