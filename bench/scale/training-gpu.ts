/**
 * Training on a GPU through WebGPU: the reference encoder (2 layers, 128 wide, 48 tokens, 32 pairs) and one of MiniLM's size
 * (6 layers, 384 wide, 12 heads, 128 tokens, 256 pairs), float32. training-transformer.py is the same in PyTorch.
 *
 * usage: npx tsx bench/scale/training-gpu.ts [--shape reference|minilm|tiny]… [--steps N] [--profile]
 *
 * As one file for a machine with the npm package `webgpu` alone:
 *   npx esbuild bench/scale/training-gpu.ts --bundle --platform=node --format=esm --external:webgpu \
 *     --banner:js="import{createRequire}from'module';const require=createRequire(import.meta.url);" --outfile=gpu.mjs
 *
 * `.ci/webgpu` installs the two packages that it needs. On a machine without a GPU,
 * VK_DRIVER_FILES=$(.ci/software-vulkan) runs `--shape tiny`.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { createAdamW } from '../../src/training/adam-w.js';
import { localGradients } from '../../src/training/batch-gradients.js';
import { batchTokens } from '../../src/training/batch-tokens.js';
import { tensorModel } from '../../src/training/tensor-model.js';
import { checkedSettings } from '../../src/training/training-options.js';
import { trainingStep } from '../../src/training/training-step.js';

const SHAPES = {
  tiny: { layers: 1, hiddenSize: 16, heads: 2, vocabularySize: 64, maximumLength: 8, pairs: 4 },
  reference: { layers: 2, hiddenSize: 128, heads: 4, vocabularySize: 8192, maximumLength: 48, pairs: 32 },
  minilm: { layers: 6, hiddenSize: 384, heads: 12, vocabularySize: 30522, maximumLength: 128, pairs: 256 },
} as const;
type ShapeName = keyof typeof SHAPES;

const { values } = parseArgs({
  options: {
    shape: { type: 'string', multiple: true, default: ['reference', 'minilm'] },
    steps: { type: 'string', default: '20' },
    profile: { type: 'boolean', default: false },
  },
});

// biome-ignore lint/suspicious/noTsIgnore: an error is expected only where the package is missing
// @ts-ignore: `.ci/webgpu` installs it, a checkout need not have it
const { create, globals } = await import('webgpu');
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
// biome-ignore lint/suspicious/noTsIgnore: likewise
// @ts-ignore: likewise
await import('@tensorflow/tfjs-backend-webgpu');
if (!(await tf.setBackend('webgpu'))) throw new Error('WebGPU could not be initialized');
await tf.ready();

const run = async (name: ShapeName) => {
  const { pairs: count, ...size } = SHAPES[name];
  const words = Array.from({ length: size.vocabularySize }, (_, i) => `w${i.toString(36)}`);
  const text = (seed: number) =>
    Array.from(
      { length: size.maximumLength - 2 },
      (_, i) => words[(i * 7919 + seed * 104729) % words.length],
    ).join(' ');
  const rows = Array.from({ length: count }, (_, i) => i);
  const encoder = TransformerEncoder.random({ ...size, texts: [words.join(' ')], seed: 1 });
  const settings = checkedSettings({});
  const optimizer = createAdamW(encoder.variables, {
    weightDecay: settings.weightDecay,
    epsilon: settings.epsilon,
  });
  const model = tensorModel(encoder, optimizer, async () => localGradients(encoder, settings));
  const batch = {
    queries: Uint32Array.from(rows),
    documents: Uint32Array.from(rows),
    pairs: {
      query: Uint32Array.from(rows),
      document: Uint32Array.from(rows),
      similarity: Float32Array.from(rows, (i) => 0.5 + i / 1000),
      positive: new Uint8Array(count).fill(1),
    },
  };
  const tokens = {
    queries: batchTokens(encoder, rows.map(text), 'query'),
    documents: batchTokens(
      encoder,
      rows.map((i) => text(i + count)),
      'document',
    ),
  };
  let step = 0;
  const oneStep = async () => {
    const input = {
      ...tokens,
      batches: [batch],
      step,
      epoch: 0,
      firstBatch: step,
      learningRate: 1e-4,
    };
    step++;
    return trainingStep(model, input, settings);
  };
  for (let i = 0; i < 3; i++) await oneStep();
  const seconds: number[] = [];
  for (let i = 0; i < Number(values.steps); i++) {
    const started = performance.now();
    // The step reads its losses, so all of the forward and backward pass is done when it returns.
    await oneStep();
    seconds.push((performance.now() - started) / 1000);
  }
  // The last update may still be under way: weights that are read have been written.
  await encoder.variables[0]!.data();
  const median = [...seconds].sort((a, b) => a - b)[Math.floor(seconds.length / 2)]!;
  const memory = tf.memory() as tf.MemoryInfo & { readonly numBytesInGPU?: number };
  const megabytes = ((memory.numBytesInGPU ?? Number.NaN) / 2 ** 20).toFixed(0);
  console.log(
    `${name}: ${(median * 1e3).toFixed(0)} ms median, ${(Math.min(...seconds) * 1e3).toFixed(0)} ms least; ` +
      `${(1 / median).toFixed(2)} steps/s, ${(count / median).toFixed(0)} pairs/s; ${megabytes} MiB on the device; ` +
      `${memory.numTensors} tensors, ${encoder.variables.length} variables`,
  );
  if (values.profile) {
    const { kernels, peakBytes } = await tf.profile(async () => {
      await oneStep();
      return tf.scalar(0);
    });
    const counts = new Map<string, number>();
    for (const kernel of kernels) counts.set(kernel.name, (counts.get(kernel.name) ?? 0) + 1);
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 20);
    console.log(
      `  ${kernels.length} kernels a step, peak ${(peakBytes / 2 ** 20).toFixed(0)} MiB of tensors: ` +
        most.map(([kernel, times]) => `${kernel} ${times}`).join(', '),
    );
  }
  optimizer.dispose();
  encoder.dispose();
};

for (const name of values.shape) {
  if (!(name in SHAPES)) {
    throw new RangeError(`--shape must be one of ${Object.keys(SHAPES).join(', ')}, received ${name}`);
  }
  await run(name as ShapeName);
}
// Dawn keeps the process alive.
process.exit(0);
