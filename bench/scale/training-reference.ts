/**
 * One training step of the reference encoder: two layers, 128 wide, 32 pairs of texts of 48 tokens each, AdamW; on the
 * backends named, in one run, beside the same step in PyTorch.
 *
 * usage: npx tsx bench/scale/training-reference.ts [--python PYTHON] [--steps N] BACKEND[:WORKERS]…
 *        such as: OASIS_TFJS_NODE=$(.ci/tfjs-node) npx tsx bench/scale/training-reference.ts wasm wasm:2 tensorflow
 *
 * Prints the least and the median clock time of a step and its processor time: on a machine with other work the
 * processor time is what compares, shared by two where a contender has two threads.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs';
import { TransformerEncoder } from '../../src/encoders/index.js';
import { trainOasis } from '../../src/training/index.js';
import { useBackend } from '../../test/support/backends.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string' }, steps: { type: 'string', default: '12' } },
});
const STEPS = Number(values.steps);
const PAIRS = 32;
const TOKENS = 48;

const words = Array.from({ length: 3000 }, (_, i) => `w${i.toString(36)}`);
// Two special tokens belong to a text.
const text = (seed: number) =>
  Array.from({ length: TOKENS - 2 }, (_, i) => words[(i * 7919 + seed * 104729) % words.length]).join(' ');
const rows = Array.from({ length: PAIRS }, (_, i) => i);
const dataset = {
  queries: rows.map(text),
  documents: rows.map((i) => text(i + PAIRS)),
  pairs: {
    query: Uint32Array.from(rows),
    document: Uint32Array.from(rows),
    similarity: Float32Array.from(rows, (i) => 0.5 + i / 100),
    positive: new Uint8Array(PAIRS).fill(1),
  },
};
const median = (list: readonly number[]) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;

for (const contender of positionals) {
  const [backend, workers] = contender.split(':');
  await useBackend(backend!);
  const encoder = TransformerEncoder.random({ texts: [words.join(' ')], seed: 1, maximumLength: TOKENS });
  const stamps: { wall: number; cpu: number; tensors: number }[] = [];
  await trainOasis(encoder, dataset, {
    epochs: STEPS + 1,
    batchQueries: PAIRS,
    ...(workers === undefined ? {} : { workers: Number(workers) }),
    onStep: () => {
      const { user, system } = process.cpuUsage();
      stamps.push({
        wall: performance.now(),
        cpu: (user + system) / 1e3,
        tensors: tf.memory().numTensors,
      });
    },
  });
  const differences = (key: 'wall' | 'cpu') =>
    stamps.slice(1).map((stamp, i) => stamp[key] - stamps[i]![key]);
  const [wall, cpu] = [differences('wall'), differences('cpu')];
  const leaked = stamps.at(-1)!.tensors - stamps[0]!.tensors;
  console.log(
    `${contender}: ${Math.min(...wall).toFixed(0)} ms least, ${median(wall).toFixed(0)} ms median, ` +
      `${median(cpu).toFixed(0)} ms of processor a step; ${leaked} tensors more after ${STEPS} steps; ` +
      `${encoder.model.transformer.embeddings.words.rows} terms, ${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`,
  );
  encoder.dispose();
}
if (values.python !== undefined) {
  const script = fileURLToPath(new URL('./training-transformer.py', import.meta.url));
  const size = ['--layers', '2', '--width', '128', '--heads', '4', '--tokens', String(TOKENS)];
  const rest = ['--batch', String(PAIRS), '--steps', String(STEPS), '--threads', '2', '--device', 'cpu'];
  process.stdout.write(execFileSync(values.python, [script, ...size, ...rest], { encoding: 'utf8' }));
}
process.exit(0);
