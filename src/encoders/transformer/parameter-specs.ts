import type { ModelDescription, NormDescription, TableDescription } from '../description/index.js';
import { innerMap, type JoinedMap, projectionMap, singleMap } from './joined-maps.js';

/** A parameter as it lies in memory, and the tensors of a checkpoint that it is made of. */
export interface ParameterSpec {
  /** A module's path and `weight` or `bias`, such as `encoder.layer.0.attention.self.qkv.weight`. */
  readonly name: string;
  /** Matrices of linear layers are [in, out]: the transpose of a checkpoint's. */
  readonly shape: readonly number[];
  /** Side by side along the last axis. */
  readonly parts: readonly ParameterPart[];
  readonly transposed: boolean;
  readonly initial: 'normal' | 'zeros' | 'ones';
  /** The layer it belongs to: −1 for the embeddings, the number of layers for what stands behind them. */
  readonly layer: number;
  /** Which linear map of the pooled vector it belongs to; null for the transformer's own. */
  readonly dense: number | null;
}

export interface ParameterPart {
  /** The tensor's name in a checkpoint. */
  readonly name: string;
  readonly columns: number;
}

const linearSpecs = (layer: number, { name, maps }: JoinedMap, dense: number | null): ParameterSpec[] => {
  const columns = maps.reduce((sum, { outputs }) => sum + outputs, 0);
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [maps[0]!.inputs, columns],
    parts: maps.map((map) => ({ name: map.weight, columns: map.outputs })),
    transposed: true,
    initial: 'normal',
    layer,
    dense,
  };
  const biases = maps.flatMap(({ bias, outputs }) =>
    bias === null ? [] : [{ name: bias, columns: outputs }],
  );
  if (biases.length === 0) return [weight];
  const bias: ParameterSpec = {
    name: `${name}.bias`,
    shape: [columns],
    parts: biases,
    transposed: false,
    initial: 'zeros',
    layer,
    dense,
  };
  return [weight, bias];
};

const plain = (
  layer: number,
  name: string,
  shape: readonly number[],
  initial: ParameterSpec['initial'],
): ParameterSpec => ({
  name,
  shape,
  parts: [{ name, columns: shape[shape.length - 1]! }],
  transposed: false,
  initial,
  layer,
  dense: null,
});

const tableSpecs = (item: TableDescription | null): ParameterSpec[] =>
  item === null ? [] : [plain(-1, item.weight, [item.rows, item.width], 'normal')];

const normSpecs = (layer: number, item: NormDescription | null): ParameterSpec[] => {
  if (item === null) return [];
  const weight = plain(layer, item.weight, [item.width], 'ones');
  return item.bias === null ? [weight] : [weight, plain(layer, item.bias, [item.width], 'zeros')];
};

/** Every parameter of a model, from the embeddings up. */
export const parameterSpecs = ({
  transformer,
  head,
}: Pick<ModelDescription, 'transformer' | 'head'>): ParameterSpec[] => {
  const { words, positions, tokenTypes, norm } = transformer.embeddings;
  const above = transformer.layers.length;
  return [
    ...tableSpecs(words),
    ...tableSpecs(positions.kind === 'none' ? null : positions.table),
    ...tableSpecs(tokenTypes),
    ...normSpecs(-1, norm),
    ...tableSpecs(transformer.relativeBias?.table ?? null),
    ...transformer.layers.flatMap(({ attention, feedForward, norms }, layer) => [
      ...normSpecs(layer, norms.beforeAttention),
      ...linearSpecs(layer, projectionMap(attention), null),
      ...normSpecs(layer, attention.queryNorm),
      ...normSpecs(layer, attention.keyNorm),
      ...linearSpecs(layer, singleMap(attention.output), null),
      ...normSpecs(layer, norms.insideAttention),
      ...normSpecs(layer, norms.afterAttention),
      ...normSpecs(layer, norms.beforeFeedForward),
      ...linearSpecs(layer, innerMap(feedForward), null),
      ...linearSpecs(layer, singleMap(feedForward.down), null),
      ...normSpecs(layer, norms.insideFeedForward),
      ...normSpecs(layer, norms.afterFeedForward),
    ]),
    ...normSpecs(above, transformer.finalNorm),
    ...head.dense.flatMap(({ map }, i) => linearSpecs(above, singleMap(map), i)),
  ];
};
