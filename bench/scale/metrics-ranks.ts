/**
 * Exact ranks against faiss (flat inner product) and numpy: clock and processor time of each, ranks compared.
 *
 * Run: npx tsx bench/scale/metrics-ranks.ts [queries] [documents] [columns] [threads]
 * PYTHON names an interpreter with numpy and faiss-cpu; without one the rivals are left out. Without sizes: a sweep.
 * BACKEND=tensorflow also ranks all queries on tfjs-node, found as test/support/backends.ts says.
 * PORTABLE=queries limits the plain JavaScript path, which is slow, to so many queries (default 300).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import {
  meanReciprocalRank,
  type RelevantRanks,
  relevantRanks,
  relevantRanksByProducts,
  relevantRanksInThreads,
  relevantRanksOnBackend,
} from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';
import { nativeProducts } from '../../src/onnx/index.js';
import { useBackend } from '../../test/support/backends.js';

const [queries, documents = 10_000, columns = 256, threads = 2] = process.argv.slice(2).map(Number);
const sizes =
  queries === undefined
    ? ([
        [1000, 10_000, 256],
        [2000, 10_000, 1024],
        [4000, 20_000, 1024],
      ] as const)
    : ([[queries, documents, columns]] as const);

const shared = (length: number) => new Float32Array(new SharedArrayBuffer(4 * length));
const head = (matrix: DenseMatrix, rows: number): DenseMatrix => ({
  rows,
  columns: matrix.columns,
  data: matrix.data.subarray(0, rows * matrix.columns),
});

/** Rows of length 1; query q leans towards document q, so that it stands high but seldom first. */
const vectors = (rows: number, width: number, name: string, towards?: DenseMatrix): DenseMatrix => {
  const random = createRandom(1, name);
  const data = shared(rows * width);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let t = row * width; t < (row + 1) * width; t++) {
      data[t] = random.uniform() - 0.5 + (towards === undefined ? 0 : 1.15 * towards.data[t]!);
      sum += data[t]! ** 2;
    }
    for (let t = row * width; t < (row + 1) * width; t++) data[t]! /= Math.sqrt(sum);
  }
  return { rows, columns: width, data };
};

const timed = async (
  name: string,
  flop: number,
  work: () => RelevantRanks | Promise<RelevantRanks>,
): Promise<RelevantRanks> => {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  const ranks = await work();
  const clock = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const busy = (user + system) / 1e6;
  console.log(
    `${name}: ${clock.toFixed(2)} s clock, ${busy.toFixed(2)} s CPU, ${(flop / busy / 1e9).toFixed(1)} GFLOP/s a core, ` +
      `MRR ${meanReciprocalRank(ranks, { cutoff: 1000 }).toFixed(6)}`,
  );
  return ranks;
};

const rivals = (python: string, asked: DenseMatrix, corpus: DenseMatrix, ours: RelevantRanks) => {
  const folder = mkdtempSync(join(tmpdir(), 'ranks-'));
  const bytes = ({ data }: DenseMatrix) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  writeFileSync(join(folder, 'q.f32'), bytes(asked));
  writeFileSync(join(folder, 'c.f32'), bytes(corpus));
  const script = `
import time, numpy as np
folder = ${JSON.stringify(folder)}
q = np.fromfile(folder + '/q.f32', dtype='float32').reshape(-1, ${asked.columns})
c = np.fromfile(folder + '/c.f32', dtype='float32').reshape(-1, ${asked.columns})
flop = 2.0 * len(q) * len(c) * ${asked.columns}
def report(name, clock, cpu, ranks):
    mrr = np.where(ranks <= 1000, 1 / ranks, 0).mean()
    print(f'{name}: {clock:.2f} s clock, {cpu:.2f} s CPU, {flop / cpu / 1e9:.1f} GFLOP/s a core, MRR {mrr:.6f}', flush=True)
t, u = time.perf_counter(), time.process_time()
ranks = np.empty(len(q))
for s in range(0, len(q), 256):
    scores = q[s:s + 256] @ c.T
    own = scores[np.arange(len(scores)), np.arange(s, s + len(scores))]
    ranks[s:s + 256] = 1 + (scores > own[:, None]).sum(1)
report(f'numpy {np.__version__}', time.perf_counter() - t, time.process_time() - u, ranks)
ranks.tofile(folder + '/numpy.f64')
try:
    import faiss
    faiss.omp_set_num_threads(${threads})
    index = faiss.IndexFlatIP(${asked.columns})
    index.add(c)
    for top in (1000, 1):
        t, u = time.perf_counter(), time.process_time()
        ranks = np.empty(len(q))
        for s in range(0, len(q), 2048):
            _, found = index.search(q[s:s + 2048], min(top, len(c)))
            hit = found == np.arange(s, s + len(found))[:, None]
            ranks[s:s + 2048] = np.where(hit.any(1), hit.argmax(1) + 1, 1e9)
        report(f'faiss {faiss.__version__} flat, top {top}', time.perf_counter() - t, time.process_time() - u, ranks)
except ImportError:
    print('faiss is not installed, left out')`;
  const limit = String(threads);
  const env = { ...process.env, OMP_NUM_THREADS: limit, OPENBLAS_NUM_THREADS: limit, MKL_NUM_THREADS: limit };
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { encoding: 'utf8', env });
  console.log(status === 0 ? stdout.trim() : `rivals failed: ${stderr.trim().split('\n').at(-1)}`);
  if (status === 0) {
    const file = readFileSync(join(folder, 'numpy.f64'));
    const numpy = new Float64Array(file.buffer, file.byteOffset, file.byteLength / 8);
    const moved = ours.ranks.reduce((count, rank, i) => count + (rank === numpy[i] ? 0 : 1), 0);
    console.log(`ranks that numpy, in float32 throughout, gives otherwise: ${moved} of ${numpy.length}`);
  }
  rmSync(folder, { recursive: true });
};

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${threads} threads`);
await tf.setBackend('wasm');
for (const [rows, size, width] of sizes) {
  const corpus = vectors(size, width, 'corpus');
  const asked = vectors(rows, width, 'queries', corpus);
  const relevant = Uint32Array.from({ length: rows }, (_, q) => q);
  const flop = 2 * rows * size * width;
  console.log(`\n${rows} queries × ${size} documents × ${width}: ${(flop / 1e9).toFixed(0)} GFLOP`);
  const part = Math.min(rows, Number(process.env.PORTABLE ?? 300));
  const partFlop = (flop / rows) * part;
  const few = relevant.subarray(0, part);
  relevantRanks(head(asked, 64), corpus, relevant.subarray(0, 64));
  let shown = 0;
  const found = await timed('relevantRanksInThreads', flop, () =>
    relevantRanksInThreads(asked, corpus, relevant, {
      threads,
      onProgress(done, total) {
        if (process.stderr.isTTY !== true || done < shown + total / 100) return;
        shown = done;
        process.stderr.write(`\r${done} of ${total} `);
      },
    }),
  );
  const products = await nativeProducts({ threads });
  await relevantRanksByProducts(products, head(asked, 64), corpus, relevant.subarray(0, 64));
  await timed('relevantRanksByProducts, onnxruntime-node', flop, () =>
    relevantRanksByProducts(products, asked, corpus, relevant),
  );
  await products.close();
  await timed(`relevantRanks, ${part} queries`, partFlop, () =>
    relevantRanks(head(asked, part), corpus, few),
  );
  await timed(`relevantRanks, portable, ${part} queries`, partFlop, () =>
    relevantRanks(head(asked, part), corpus, few, { scoring: 'portable' }),
  );
  await timed(`relevantRanksOnBackend, wasm, ${part} queries`, partFlop, () =>
    relevantRanksOnBackend(head(asked, part), corpus, few),
  );
  const { BACKEND: backend } = process.env;
  if (backend !== undefined) {
    await useBackend(backend);
    await timed(`relevantRanksOnBackend, ${backend}`, flop, () =>
      relevantRanksOnBackend(asked, corpus, relevant),
    );
    await useBackend('wasm');
  }
  console.log(`peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`);
  const python = process.env.PYTHON;
  if (python === undefined) console.log('faiss and numpy: PYTHON is not set, left out');
  else rivals(python, asked, corpus, found);
}
