import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { weightList } from '../../src/encoders/description/index.js';
import { describeTransformer } from '../../src/encoders/index.js';
import { inferenceGraph } from '../../src/onnx/build/inference-graph.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import { loadOnnxRuntime } from '../../src/onnx/index.js';
import { type SmallBatch, smallModel } from './small-models.js';
import { smallWeights } from './small-weights.js';

/** The fields of nomic-embed-text-v1.5's config.json, with the sizes of the small model among the golden ones. */
const config = {
  model_type: 'nomic_bert',
  activation_function: 'swiglu',
  causal: false,
  layer_norm_epsilon: 1e-12,
  mlp_fc1_bias: false,
  mlp_fc2_bias: false,
  n_embd: 16,
  n_head: 4,
  n_inner: 20,
  n_layer: 2,
  n_positions: 64,
  parallel_block: false,
  prenorm: false,
  qkv_proj_bias: false,
  rotary_emb_base: 1000,
  rotary_emb_fraction: 1,
  rotary_emb_interleaved: false,
  rotary_emb_scale_base: null,
  rotary_scaling_factor: null,
  type_vocab_size: 2,
  use_rms_norm: false,
  vocab_size: 40,
};

/** What transformers renames when it reads such a checkpoint, the other way round. */
const FIRST_NAMES: readonly (readonly [RegExp, string])[] = [
  [/^layers\./, 'encoder.layers.'],
  [/^embeddings\.LayerNorm/, 'emb_ln'],
  [/self_attn\.o_proj/, 'attn.out_proj'],
  [/up_proj/, 'fc11'],
  [/gate_proj/, 'fc12'],
  [/down_proj/, 'fc2'],
  [/post_attention_layernorm/, 'norm1'],
  [/post_mlp_layernorm/, 'norm2'],
];

const joined = (parts: readonly Float32Array[]) => Float32Array.from(parts.flatMap((part) => [...part]));

/** The golden model's weights under the names of the first release. */
const firstWeights = (): Map<string, Float32Array> => {
  const weights = smallWeights(smallModel('nomic-bert'));
  for (const layer of [0, 1]) {
    const name = (which: string) => `layers.${layer}.self_attn.${which}_proj.weight`;
    const parts = ['q', 'k', 'v'].map((which) => weights.get(name(which))!);
    for (const which of ['q', 'k', 'v']) weights.delete(name(which));
    weights.set(`layers.${layer}.attn.Wqkv.weight`, joined(parts));
  }
  const renamed = (name: string) =>
    FIRST_NAMES.reduce((text, [pattern, other]) => text.replace(pattern, other), name);
  return new Map([...weights].map(([name, data]) => [renamed(name), data]));
};

describe("NomicBERT's first release", () => {
  const head = { pooling: 'mean', dense: [], normalize: true } as const;
  const model = {
    transformer: describeTransformer(config, 'config.json'),
    head,
    prompts: { query: '', document: '' },
  };

  it('gives the embeddings of transformers from weights under their first names', async () => {
    const path = join(import.meta.dirname, 'golden/architectures.golden.json');
    const golden = JSON.parse(readFileSync(path, 'utf8')) as Record<
      string,
      SmallBatch & { readonly embeddings: readonly number[] }
    >;
    const { ids, mask, embeddings } = golden['nomic-bert-right']!;
    const integers = (rows: SmallBatch['ids']) => BigInt64Array.from(rows.flat(), BigInt);
    const weights = firstWeights();
    expect([...weights.keys()].sort()).toEqual(
      weightList(model)
        .map(({ name }) => name)
        .sort(),
    );
    const session = await GraphSession.create(await loadOnnxRuntime(), inferenceGraph(model), { threads: 1 });
    const found = await session.run(
      new Map<string, Float32Array | BigInt64Array>([
        ...weights,
        ['input_ids', integers(ids)],
        ['attention_mask', integers(mask)],
      ]),
      { batch: ids.length, length: ids[0]!.length },
    );
    await session.close();
    const values = [...(found.get('embeddings') as Float32Array)];
    expect(values).toHaveLength(embeddings.length);
    values.forEach((value, i) => {
      expect(Math.abs(value - embeddings[i]!)).toBeLessThan(1e-5);
    });
  });

  it.each([
    [{ moe_every_n_layers: 2 }, /config\.json: moe_every_n_layers must be 0, found 2/],
    [{ rotary_emb_interleaved: true }, /rotary_emb_interleaved must be false, found true/],
    [{ activation_function: 'glu' }, /activation_function must be one of swiglu, geglu, found "glu"/],
  ])('refuses %o, which it would compute otherwise', (field, message) => {
    expect(() => describeTransformer({ ...config, ...field }, 'config.json')).toThrow(message);
  });
});
