import { expect, it } from 'vitest';
import { OnnxEncoder, OnnxTrainer, type OnnxTrainerOptions, selectDevice } from '../../../src/onnx/index.js';
import { bertFolder, bertTexts, fixedDirection, useBertTrainers } from '../bert-trainers.js';

const onProcessor = useBertTrainers();

/** A trainer on WebGPU, and how many bytes went to ONNX Runtime from arrays of the host. */
const onGpu = async (options: OnnxTrainerOptions) => {
  const { runtime } = await selectDevice('webgpu');
  const counted = { bytes: 0 };
  const encoder = await OnnxEncoder.load(bertFolder, {
    runtime: {
      ...runtime,
      createTensor(type, data, shape) {
        counted.bytes += data.byteLength;
        return runtime.createTensor(type, data, shape);
      },
    },
  });
  const trainer = await OnnxTrainer.create(encoder, options);
  return { trainer, counted, encoder, tokens: encoder.tokenize(bertTexts, 'document') };
};

it('keeps weights and moments on the GPU, and makes the steps of the processor', async () => {
  const [host, gpu] = [await onProcessor({}), await onGpu({ optimizer: 'device' })];
  const weights = [...host.encoder.weights.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  for (let step = 0; step < 2; step++) {
    const before = gpu.counted.bytes;
    const a = await host.trainer.step(host.tokens, fixedDirection, 1e-3);
    const b = await gpu.trainer.step(gpu.tokens, fixedDirection, 1e-3);
    expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
    // Tokens, the gradient of the embeddings, a few numbers of AdamW a weight.
    expect(gpu.counted.bytes - before).toBeLessThan(weights / 10);
  }
  const found = await gpu.trainer.state();
  for (const [name, { data }] of await host.trainer.state()) {
    // The gradient of a key's bias is zero but for rounding, whose size AdamW takes away.
    if (name.endsWith('key.bias')) continue;
    const other = found.get(name)!.data;
    data.forEach((x, i) => {
      expect(Math.abs(x - other[i]!), name).toBeLessThan(1e-4);
    });
  }
  await gpu.trainer.step(gpu.tokens, fixedDirection, 1e-3);
  await gpu.trainer.restore(found);
  const again = await gpu.trainer.state();
  for (const [name, { data }] of found) expect(again.get(name)!.data, name).toEqual(data);
  await gpu.trainer.close();
  expect(gpu.encoder.weights.get('embeddings.word_embeddings.weight')).toEqual(
    found.get('weight/embeddings.word_embeddings.weight')!.data,
  );
  await gpu.encoder.close();
});
