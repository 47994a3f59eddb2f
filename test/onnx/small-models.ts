import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeTransformer, type ModelDescription } from '../../src/encoders/description/index.js';
import { hiddenStates } from '../../src/onnx/build/hidden-states.js';
import { ModelGraph } from '../../src/onnx/build/model-graph.js';
import { trainingGraph } from '../../src/onnx/build/training-graph.js';
import { GraphSession } from '../../src/onnx/engine/graph-session.js';
import type { OnnxRuntime } from '../../src/onnx/engine/load-runtime.js';
import { prunedGraph } from '../../src/onnx/graph/graph.js';
import { sizedShape } from '../../src/onnx/graph/sized-shape.js';
import { smallWeights } from './small-weights.js';
import { waves } from './waves.js';

type Config = Readonly<Record<string, unknown>>;

/** The configurations that golden/architectures.py runs. */
export const configs = JSON.parse(
  readFileSync(join(import.meta.dirname, 'golden/configs.json'), 'utf8'),
) as Readonly<Record<string, Config>>;

export const smallModel = (label: string): ModelDescription => ({
  transformer: describeTransformer(configs[label]!, `${label}/config.json`),
  head: { pooling: 'mean', dense: [], normalize: true },
  prompts: { query: '', document: '' },
});

export interface SmallBatch {
  readonly ids: readonly (readonly number[])[];
  readonly mask: readonly (readonly number[])[];
}

/** The n-th mask of golden/architectures.py, laid out as the graph has it: place by place, but for attention. */
const givenMask = (n: number, shape: readonly number[], batch: number): Uint8Array => {
  const count = shape.reduce((product, size) => product * size, 1);
  const kept = Uint8Array.from(waves(`mask ${n}`, count, 1), (wave) => Number(wave > -0.9));
  if (shape.length === 4) return kept;
  const width = shape.at(-1)!;
  const length = count / width / batch;
  return kept.map((_, i) => {
    const row = Math.floor(i / width);
    return kept[((row % batch) * length + Math.floor(row / batch)) * width + (i % width)]!;
  });
};

/** Hidden states, embeddings and gradients of a small model, from the graphs. */
export const runSmallModel = async (
  runtime: OnnxRuntime,
  label: string,
  { ids, mask }: SmallBatch,
  dropout = 0,
) => {
  const model = smallModel(label);
  const sizes = { batch: ids.length, length: ids[0]!.length };
  const integers = (rows: readonly (readonly number[])[]) => BigInt64Array.from(rows.flat(), BigInt);
  const feeds = new Map<string, Float32Array | BigInt64Array | Uint8Array>([
    ...smallWeights(model),
    ['input_ids', integers(ids)],
    ['attention_mask', integers(mask)],
    ['embeddings_gradient', waves('gradient', ids.length * model.transformer.width, 1)],
  ]);
  const { graph, dense, masks } = trainingGraph(model, { dropout });
  masks.forEach(({ name }, i) => {
    const { shape } = graph.inputs.find((input) => input.name === name)!;
    feeds.set(name, givenMask(i, sizedShape(shape, sizes), sizes.batch));
  });
  const inner = new ModelGraph();
  const states = hiddenStates(inner, model.transformer);
  const sessions = [
    await GraphSession.create(runtime, graph, { threads: 1 }),
    await GraphSession.create(runtime, prunedGraph(inner.build([states])), { threads: 1 }),
  ];
  const outputs = await sessions[0]!.run(feeds, sizes);
  const hidden = (await sessions[1]!.run(feeds, sizes)).get(states.name) as Float32Array;
  for (const session of sessions) await session.close();
  const width = model.transformer.width;
  return {
    /** The vector of token t of text b. */
    hiddenAt: (b: number, t: number) =>
      hidden.subarray((t * sizes.batch + b) * width, (t * sizes.batch + b + 1) * width),
    embeddings: outputs.get('embeddings') as Float32Array,
    rates: masks.map(({ rate }) => rate),
    gradients: new Map([...dense].map(([name, output]) => [name, outputs.get(output) as Float32Array])),
  };
};
