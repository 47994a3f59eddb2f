import type { TransformerConfig } from './transformer-config.js';

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
  /** The layer it belongs to: −1 for the embeddings, the number of layers for the final normalization. */
  readonly layer: number;
}

export interface ParameterPart {
  /** The tensor's name in a checkpoint. */
  readonly name: string;
  readonly columns: number;
}

/** A linear map inside a layer: `width` inputs to its parts' columns. */
const linearSpecs = (
  layer: number,
  name: string,
  width: number,
  parts: readonly ParameterPart[],
  hasBias: boolean,
): ParameterSpec[] => {
  const columns = parts.reduce((sum, part) => sum + part.columns, 0);
  const under = (suffix: string) =>
    parts.map((part) => ({ name: `${part.name}.${suffix}`, columns: part.columns }));
  const weight: ParameterSpec = {
    name: `${name}.weight`,
    shape: [width, columns],
    parts: under('weight'),
    transposed: true,
    initial: 'normal',
    layer,
  };
  if (!hasBias) return [weight];
  const bias: ParameterSpec = {
    name: `${name}.bias`,
    shape: [columns],
    parts: under('bias'),
    transposed: false,
    initial: 'zeros',
    layer,
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
});

const layerNormSpecs = (layer: number, name: string, width: number): ParameterSpec[] => [
  plain(layer, `${name}.weight`, [width], 'ones'),
  plain(layer, `${name}.bias`, [width], 'zeros'),
];

const bertSpecs = (config: TransformerConfig): ParameterSpec[] => {
  const { hiddenSize: width, intermediateSize, layers } = config;
  const specs = [
    plain(-1, 'embeddings.word_embeddings.weight', [config.vocabularySize, width], 'normal'),
    plain(
      -1,
      'embeddings.position_embeddings.weight',
      [config.maximumPositions + config.positionOffset, width],
      'normal',
    ),
    plain(-1, 'embeddings.token_type_embeddings.weight', [config.tokenTypes, width], 'normal'),
    ...layerNormSpecs(-1, 'embeddings.LayerNorm', width),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const at = `encoder.layer.${layer}`;
    const projections = ['query', 'key', 'value'].map((part) => ({
      name: `${at}.attention.self.${part}`,
      columns: width,
    }));
    const single = (name: string, columns: number) => [{ name, columns }];
    specs.push(
      ...linearSpecs(layer, `${at}.attention.self.qkv`, width, projections, true),
      ...linearSpecs(
        layer,
        `${at}.attention.output.dense`,
        width,
        single(`${at}.attention.output.dense`, width),
        true,
      ),
      ...layerNormSpecs(layer, `${at}.attention.output.LayerNorm`, width),
      ...linearSpecs(
        layer,
        `${at}.intermediate.dense`,
        width,
        single(`${at}.intermediate.dense`, intermediateSize),
        true,
      ),
      ...linearSpecs(
        layer,
        `${at}.output.dense`,
        intermediateSize,
        single(`${at}.output.dense`, width),
        true,
      ),
      ...layerNormSpecs(layer, `${at}.output.LayerNorm`, width),
    );
  }
  return specs;
};

const qwenSpecs = (config: TransformerConfig): ParameterSpec[] => {
  const { hiddenSize: width, intermediateSize, layers, heads, keyValueHeads, headSize } = config;
  const specs = [plain(-1, 'embed_tokens.weight', [config.vocabularySize, width], 'normal')];
  for (let layer = 0; layer < layers; layer++) {
    const at = `layers.${layer}`;
    const projections = [
      { name: `${at}.self_attn.q_proj`, columns: heads * headSize },
      { name: `${at}.self_attn.k_proj`, columns: keyValueHeads * headSize },
      { name: `${at}.self_attn.v_proj`, columns: keyValueHeads * headSize },
    ];
    const halves = ['gate_proj', 'up_proj'].map((part) => ({
      name: `${at}.mlp.${part}`,
      columns: intermediateSize,
    }));
    const output = { name: `${at}.self_attn.o_proj`, columns: width };
    const down = { name: `${at}.mlp.down_proj`, columns: width };
    specs.push(
      plain(layer, `${at}.input_layernorm.weight`, [width], 'ones'),
      ...linearSpecs(layer, `${at}.self_attn.qkv_proj`, width, projections, true),
      ...linearSpecs(layer, output.name, heads * headSize, [output], false),
      plain(layer, `${at}.post_attention_layernorm.weight`, [width], 'ones'),
      ...linearSpecs(layer, `${at}.mlp.gate_up_proj`, width, halves, false),
      ...linearSpecs(layer, down.name, intermediateSize, [down], false),
    );
  }
  specs.push(plain(layers, 'norm.weight', [width], 'ones'));
  return specs;
};

/** Every parameter of a model of this config, from the embeddings up. */
export const parameterSpecs = (config: TransformerConfig): ParameterSpec[] =>
  config.family === 'qwen2' ? qwenSpecs(config) : bertSpecs(config);
