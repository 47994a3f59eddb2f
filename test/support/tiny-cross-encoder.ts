import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, TransformerEncoder, writeSafetensors } from '../../src/encoders/index.js';
import { createRandom } from '../../src/numerics/index.js';

/** Writes a BERT for sequence classification with random weights, as transformers lays it out. */
export const writeTinyCrossEncoder = async (
  folder: string,
  texts: readonly string[],
  labels = 1,
): Promise<void> => {
  const width = 16;
  const encoder = await TransformerEncoder.random({
    texts: [...texts],
    hiddenSize: width,
    layers: 1,
    heads: 2,
    seed: 1,
  });
  await encoder.save(folder);
  encoder.dispose();
  const weights = join(folder, 'model.safetensors');
  const { tensors } = await readSafetensors(weights);
  const random = createRandom(1, 'cross-encoder');
  const values = (...shape: number[]) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return { shape, data: Float32Array.from({ length: count }, () => 2 * random.uniform() - 1) };
  };
  const all = new Map<string, { shape: number[]; data: Float32Array }>();
  for (const [name, { shape, data }] of tensors) {
    // As drawn, weights are so small that all pairs would score the same.
    const factor = name.includes('LayerNorm') ? 1 : 10;
    all.set(`bert.${name}`, { shape: [...shape], data: Float32Array.from(data, (value) => factor * value) });
  }
  all.set('bert.pooler.dense.weight', values(width, width));
  all.set('bert.pooler.dense.bias', values(width));
  all.set('classifier.weight', values(labels, width));
  all.set('classifier.bias', values(labels));
  await writeSafetensors(weights, all);
  const path = join(folder, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  const id2label = Object.fromEntries(Array.from({ length: labels }, (_, i) => [i, `LABEL_${i}`]));
  writeFileSync(
    path,
    JSON.stringify({ ...config, architectures: ['BertForSequenceClassification'], id2label }),
  );
};
