/**
 * Exact ranks against faiss (flat inner product) and numpy, each on one thread.
 *
 * Run: npx tsx bench/peers/metrics-ranks.ts [queries] [documents] [columns]
 * PYTHON names an interpreter with numpy and faiss-cpu; without one the rivals are left out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { meanReciprocalRank, relevantRanks } from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';

const [queries = 1000, documents = 10_000, columns = 256] = process.argv.slice(2).map(Number);
const random = createRandom(1, 'ranks');
const matrix = (rows: number): DenseMatrix => ({
  rows,
  columns,
  data: Float32Array.from({ length: rows * columns }, () => random.uniform() - 0.5),
});
const corpus = matrix(documents);
const asked = matrix(queries);
for (let q = 0; q < queries; q++) {
  for (let t = 0; t < columns; t++) asked.data[q * columns + t]! += 0.25 * corpus.data[q * columns + t]!;
}
const relevant = Uint32Array.from({ length: queries }, (_, q) => q);
const flops = 2 * queries * documents * columns;

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);
console.log(`${queries} queries × ${documents} documents × ${columns}: ${(flops / 1e9).toFixed(1)} GFLOP`);
relevantRanks(
  { ...asked, rows: 64, data: asked.data.subarray(0, 64 * columns) },
  corpus,
  relevant.subarray(0, 64),
);
const start = performance.now();
const ranks = relevantRanks(asked, corpus, relevant);
const took = (performance.now() - start) / 1000;
console.log(
  `relevantRanks, plain JS: ${took.toFixed(3)} s, ${(flops / took / 1e9).toFixed(2)} GFLOP/s, ` +
    `MRR ${meanReciprocalRank(ranks, { cutoff: 1000 }).toFixed(6)}`,
);

const python = process.env.PYTHON;
if (python === undefined) console.log('faiss and numpy: PYTHON is not set, left out');
else {
  const folder = mkdtempSync(join(tmpdir(), 'ranks-'));
  writeFileSync(join(folder, 'q.f32'), Buffer.from(asked.data.buffer));
  writeFileSync(join(folder, 'c.f32'), Buffer.from(corpus.data.buffer));
  const script = `
import time, numpy as np
q = np.fromfile(${JSON.stringify(join(folder, 'q.f32'))}, dtype='float32').reshape(-1, ${columns})
c = np.fromfile(${JSON.stringify(join(folder, 'c.f32'))}, dtype='float32').reshape(-1, ${columns})
def report(name, took, ranks):
    mrr = np.where(ranks <= 1000, 1 / ranks, 0).mean()
    print(f'{name}: {took:.3f} s, {${flops} / took / 1e9:.2f} GFLOP/s, MRR {mrr:.6f}')
t = time.perf_counter()
ranks = np.empty(len(q))
for s in range(0, len(q), 256):
    scores = q[s:s + 256] @ c.T
    own = scores[np.arange(len(scores)), np.arange(s, s + len(scores))]
    ranks[s:s + 256] = 1 + (scores > own[:, None]).sum(1)
report(f'numpy {np.__version__}, one thread', time.perf_counter() - t, ranks)
try:
    import faiss
    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatIP(${columns})
    index.add(c)
    t = time.perf_counter()
    _, found = index.search(q, min(1000, len(c)))
    took = time.perf_counter() - t
    hit = found == np.arange(len(q))[:, None]
    report(f'faiss {faiss.__version__} flat, one thread, top 1000', took, np.where(hit.any(1), hit.argmax(1) + 1, 1e9))
except ImportError:
    print('faiss is not installed, left out')`;
  const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { encoding: 'utf8', env });
  console.log(status === 0 ? stdout.trim() : `rivals failed: ${stderr.trim().split('\n').at(-1)}`);
  rmSync(folder, { recursive: true });
}
