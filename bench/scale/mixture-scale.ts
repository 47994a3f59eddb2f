/**
 * The mixture and the sampler at full size, scikit-learn beside.
 *
 * Run: npx tsx bench/scale/mixture-scale.ts [scores] [functions…]
 * PYTHON names an interpreter with scikit-learn and numpy; without one the rival is left out.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitGaussianMixture, ScoreHistogram } from '../../src/mixture/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { streamInRepoNegatives } from '../../src/sampling/index.js';

const [scoresWanted = '50000000', ...functionsWanted] = process.argv.slice(2);
const count = Number(scoresWanted);
const sizes = (functionsWanted.length > 0 ? functionsWanted : ['1000000', '10000000']).map(Number);
/** Runs and tells the seconds by the clock and, for machines with other work, of this process. */
const timed = <T>(work: () => T): { value: T; took: string } => {
  const wall = performance.now();
  const cpu = process.cpuUsage();
  const value = work();
  const { user, system } = process.cpuUsage(cpu);
  const clock = ((performance.now() - wall) / 1000).toFixed(3);
  return { value, took: `${clock} s (${((user + system) / 1e6).toFixed(3)} s of CPU)` };
};
const residentMib = () => Math.round(process.memoryUsage.rss() / 2 ** 20);

console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}`);

const chunk = 1_000_000;
const random = createRandom(1, 'scale');
const shard = Float32Array.from({ length: chunk }, () =>
  random.uniform() < 0.8 ? 0.32 + 0.08 * random.normal() : 0.62 + 0.06 * random.normal(),
);
const histogram = new ScoreHistogram();
const { took: filled } = timed(() => {
  for (let done = 0; done < count; done += chunk)
    histogram.add(shard.subarray(0, Math.min(chunk, count - done)));
});
console.log(`histogram of ${count} scores: ${filled}, ${residentMib()} MiB resident`);
const { value: fit, took: fitted } = timed(() => fitGaussianMixture(histogram));
console.log(`fit from it: ${fitted}, ${fit.iterations} rounds, converged ${fit.converged}`, fit.means);
const { value: raw, took: rawFitted } = timed(() => fitGaussianMixture(shard));
console.log(`fit on ${chunk} raw scores: ${rawFitted}, ${raw.iterations} rounds`, raw.means);

const python = process.env.PYTHON;
if (python === undefined) console.log('scikit-learn: PYTHON is not set, left out');
else {
  const folder = mkdtempSync(join(tmpdir(), 'mixture-'));
  writeFileSync(join(folder, 'scores.f32'), Buffer.from(shard.buffer));
  const script = `
import time, numpy as np, sklearn
from sklearn.mixture import GaussianMixture
x = np.fromfile(${JSON.stringify(join(folder, 'scores.f32'))}, dtype='float32').astype('float64')[:, None]
t = time.perf_counter()
m = GaussianMixture(2, tol=1e-10, max_iter=5000, random_state=0).fit(x)
print('scikit-learn', sklearn.__version__, 'on', len(x), 'raw scores: %.3f s,' % (time.perf_counter() - t), m.n_iter_, 'rounds', sorted(m.means_[:, 0]))`;
  const { stdout, stderr, status } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
  console.log(status === 0 ? stdout.trim() : `scikit-learn failed: ${stderr.trim().split('\n').at(-1)}`);
  rmSync(folder, { recursive: true });
}

const perRepository = 1000;
/** The functions of one repository after another: read from disk, as it were. */
function* repositoriesOf(size: number) {
  for (let first = 0; first < size; first += perRepository) {
    const repository = `repository-${first / perRepository}`;
    yield Array.from({ length: Math.min(perRepository, size - first) }, (_, i) => ({
      id: `function-${first + i}`,
      repository,
    }));
  }
}

for (const size of sizes) {
  const before = residentMib();
  let peak = before;
  const { value: count, took } = timed(() => {
    let pairs = 0;
    for (const { pairs: own } of streamInRepoNegatives(repositoriesOf(size), { k: 5, seed: 1 })) {
      pairs += own.query.length;
      if (pairs % 500_000 === 0) peak = Math.max(peak, residentMib());
    }
    return pairs;
  });
  console.log(
    `5 negatives for ${size} functions, repository by repository: ${took}, ${count} pairs, ` +
      `+${peak - before} MiB resident`,
  );
}
