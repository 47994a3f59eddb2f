/**
 * The losses against a P × P implementation on the same backend and against sentence-transformers on PyTorch.
 *
 * usage: npx tsx bench/peers/losses.ts [BACKEND…]      default: wasm
 *   PYTHON            a Python with torch and sentence-transformers; without it that rival is left out
 *   OASIS_TFJS_NODE   where the backend `tensorflow` is found, VK_DRIVER_FILES for `webgpu` without a GPU
 */
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { cachedGradients, cosentLoss, infoNceLoss } from '../../src/losses/index.js';
import { useBackend } from '../../test/support/backends.js';
import { cosentInputs, pairwiseCosent, plainInfoNce } from './losses-rivals.js';

type Loss = (...inputs: tf.Tensor[]) => tf.Scalar;

const once = async (loss: Loss, inputs: tf.Tensor[]): Promise<number> => {
  const start = performance.now();
  const { value, grads } = tf.valueAndGrads(loss)(inputs);
  await Promise.all([value, ...grads].map((tensor) => tensor.data()));
  tf.dispose([value, ...grads]);
  return performance.now() - start;
};

/** Median of at least five runs after one that warms up. */
const median = async (loss: Loss, inputs: tf.Tensor[]): Promise<number> => {
  await once(loss, inputs);
  const times: number[] = [];
  const begin = performance.now();
  while (times.length < 5 || (performance.now() - begin < 1000 && times.length < 200)) {
    times.push(await once(loss, inputs));
  }
  return times.sort((a, b) => a - b)[times.length >> 1]!;
};

const peakMiB = async (loss: Loss, inputs: tf.Tensor[]): Promise<number> => {
  const { peakBytes } = await tf.profile(() => {
    const { value, grads } = tf.valueAndGrads(loss)(inputs);
    tf.dispose([value, ...grads]);
    return [];
  });
  return peakBytes / 2 ** 20;
};

const ms = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
const mib = (value: number) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)} MiB`;

const torchTimes = new Map<string, number>();
if (process.env.PYTHON !== undefined) {
  const script = fileURLToPath(new URL('./losses-torch.py', import.meta.url));
  const { stdout, stderr } = spawnSync(process.env.PYTHON, [script, '64,512,1024,4096,8192'], {
    encoding: 'utf8',
  });
  const [versions, ...rows] = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  if (versions === undefined) throw new Error(`the Python rival failed: ${stderr}`);
  console.log(`rival: ${versions}`);
  for (const line of rows) {
    const { name, size, ms: time } = JSON.parse(line) as { name: string; size: number; ms: number };
    torchTimes.set(`${name} ${size}`, time);
  }
}
const against = (name: string, ours: number): string => {
  const theirs = torchTimes.get(name);
  return theirs === undefined ? '' : ` · torch ${ms(theirs)} (${(theirs / ours).toFixed(1)}×)`;
};

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
for (const backend of process.argv.length > 2 ? process.argv.slice(2) : ['wasm']) {
  await useBackend(backend);
  // P × P on the slow backends takes minutes beyond these sizes; it is stopped by memory beyond 8,192 anyway.
  const squareLimit = backend === 'tensorflow' ? 8192 : backend === 'webgpu' ? 1024 : 4096;
  for (const length of [64, 512, 1024, 4096, 8192, 65_536, 262_144]) {
    if (backend === 'webgpu' && length > 8192) continue;
    const { scores, labels } = cosentInputs(length);
    const inputs = [tf.tensor1d(scores)];
    const marks = tf.tensor1d(labels);
    const ours: Loss = (s) => cosentLoss(s as tf.Tensor1D, labels);
    const theirs: Loss = (s) => pairwiseCosent(s as tf.Tensor1D, marks);
    const time = await median(ours, inputs);
    let line = `${backend} CoSENT P = ${length}: ${ms(time)}, ${mib(await peakMiB(ours, inputs))}`;
    if (length <= squareLimit) {
      const square = length >= 4096 ? await once(theirs, inputs) : await median(theirs, inputs);
      line += ` · P × P ${ms(square)}, ${mib(await peakMiB(theirs, inputs))} (${(square / time).toFixed(1)}×)`;
    }
    console.log(line + against(`CoSENTLoss ${length}`, time));
    tf.dispose([inputs, marks]);
  }
  for (const rows of backend === 'webgpu' ? [64] : [64, 640, 2048]) {
    const inputs = [1, 2].map((seed) => tf.randomNormal([rows, 128], 0, 1, 'float32', seed));
    const ours: Loss = (q, d) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D);
    const chunked: Loss = (q, d) => infoNceLoss(q as tf.Tensor2D, d as tf.Tensor2D, { chunkSize: rows / 16 });
    const theirs: Loss = (q, d) => plainInfoNce(q as tf.Tensor2D, d as tf.Tensor2D);
    const [time, inChunks, plain] = [
      await median(ours, inputs),
      await median(chunked, inputs),
      await median(theirs, inputs),
    ];
    console.log(
      `${backend} InfoNCE ${rows} × ${rows} × 128: ${ms(time)}, ${mib(await peakMiB(ours, inputs))}` +
        ` · in 16 chunks ${ms(inChunks)}, ${mib(await peakMiB(chunked, inputs))}` +
        ` · softmaxCrossEntropy ${ms(plain)}, ${mib(await peakMiB(theirs, inputs))} (${(plain / time).toFixed(1)}×)` +
        against(`MultipleNegativesRankingLoss ${rows}`, time),
    );
    tf.dispose(inputs);
  }
  await compareCaching(backend);
}

/** GradCache at a batch 16 times the chunk: time, peak memory, and the largest difference of the gradients. */
async function compareCaching(backend: string): Promise<void> {
  const [chunk, width, layers] = backend === 'webgpu' ? [4, 16, 4] : [32, 256, 12];
  const rows = { queries: chunk * 16, documents: chunk * 16 };
  const data = [1, 2].map((seed) => tf.randomNormal([chunk * 16, 64], 0, 1, 'float32', seed) as tf.Tensor2D);
  const batch = {
    queries: { length: rows.queries, x: data[0]! },
    documents: { length: rows.documents, x: data[1]! },
  };
  // Wide layers between narrow ends, as in encoders: activations are many times the embeddings.
  const sizes = [64, ...Array.from({ length: layers }, () => width), 64];
  const weights = sizes
    .slice(1)
    .map((size, i) => tf.variable(tf.randomNormal([sizes[i]!, size], 0, 0.1, 'float32', i)));
  const encode = ({ x }: { x: tf.Tensor2D }, from: number, to: number): tf.Tensor2D =>
    weights.reduce<tf.Tensor2D>(
      (h, w) => tf.tanh(tf.matMul(h, w as tf.Tensor2D)) as tf.Tensor2D,
      tf.slice2d(x, [from, 0], [to - from, 64]),
    );
  const loss = ({ queries, documents }: { queries: tf.Tensor2D; documents: tf.Tensor2D }) =>
    infoNceLoss(queries, documents);
  const whole = () =>
    tf.variableGrads(
      () =>
        loss({
          queries: encode(batch.queries, 0, rows.queries),
          documents: encode(batch.documents, 0, rows.documents),
        }),
      weights,
    );
  const cached = () => cachedGradients(encode, batch, loss, { chunkSize: chunk, variables: weights });
  const single = () =>
    tf.variableGrads(
      () => loss({ queries: encode(batch.queries, 0, chunk), documents: encode(batch.documents, 0, chunk) }),
      weights,
    );
  type Run = () => { value: tf.Scalar; grads: tf.NamedTensorMap };
  const peak = async (run: Run) =>
    (
      await tf.profile(() => {
        const { value, grads } = run();
        tf.dispose([value, grads]);
        return [];
      })
    ).peakBytes /
    2 ** 20;
  const [a, b] = [whole(), cached()];
  let worst = 0;
  for (const name of Object.keys(a.grads)) {
    const difference = tf.max(tf.abs(tf.sub(a.grads[name]!, b.grads[name]!)));
    worst = Math.max(worst, (await difference.data())[0]!);
    difference.dispose();
  }
  tf.dispose([a.value, a.grads, b.value, b.grads]);
  const resident = tf.memory().numBytes / 2 ** 20;
  console.log(
    `${backend} cachedGradients, 16 chunks of ${chunk}: largest difference of a gradient ${worst.toExponential(1)}; peak above what is resident: ` +
      `cached ${mib((await peak(cached)) - resident)}, one chunk alone ${mib((await peak(single)) - resident)}, whole ${mib((await peak(whole)) - resident)}`,
  );
  tf.dispose([data, weights]);
}
