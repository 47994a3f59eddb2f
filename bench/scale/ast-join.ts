/**
 * Every near twin of a repository, against computing every distance. Usage:
 *
 *   npx tsx bench/scale/ast-join.ts FOLDER…
 *
 * Functions of 20 to 500 nodes. The time of computing every distance is taken from 2,000 random pairs.
 */
import { availableParallelism } from 'node:os';
import { nearTwins, streamNearTwins, treeEditDistance } from '../../src/ast/index.js';
import { functionTrees, samplePairs } from '../inputs/function-trees.js';

/** CPU time, so that other load on the machine hardly shows. */
const cpuMilliseconds = (start: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
};

const ratios = [0.1, 0.2, 0.3];

const main = async (): Promise<void> => {
  const folders = process.argv.slice(2);
  if (folders.length === 0)
    throw new Error('name the folders with JavaScript sources to take functions from');
  const trees = (await functionTrees(folders)).filter(({ size }) => size <= 500);
  const pairs = (trees.length * (trees.length - 1)) / 2;
  const sample = samplePairs(trees, 2000, 20, 500);
  let perPair = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    const start = process.cpuUsage();
    for (const [a, b] of sample) treeEditDistance(a, b);
    perPair = Math.min(perPair, cpuMilliseconds(start) / sample.length);
  }
  const mean = trees.reduce((sum, { size }) => sum + size, 0) / trees.length;
  console.log(`${trees.length} functions, ${mean.toFixed(0)} nodes on average, ${pairs} pairs`);
  console.log(
    `the kernel on a random pair: ${(perPair * 1000).toFixed(0)} µs; on all: ${((perPair * pairs) / 1000).toFixed(0)} s`,
  );
  for (const ratio of ratios) {
    const start = process.cpuUsage();
    const { statistics } = nearTwins(trees, { ratio });
    const seconds = cpuMilliseconds(start) / 1000;
    const share = (count: number) => `${((100 * count) / statistics.pairs).toPrecision(3)}%`;
    console.log(
      `ratio ${ratio}: ${seconds.toFixed(2)} s CPU, ${(pairs / seconds / 1e6).toFixed(1)} M pairs/s, ` +
        `${((perPair * pairs) / 1000 / seconds).toFixed(0)}× faster; left by size ${share(statistics.afterSize)}, ` +
        `labels ${share(statistics.afterLabels)}, preorder ${share(statistics.afterPreorder)}, ` +
        `postorder ${share(statistics.afterPostorder)}; twins ${share(statistics.twins)} (${statistics.twins})`,
    );
  }
  const threads = Math.min(4, availableParallelism());
  const start = performance.now();
  let found = 0;
  for await (const { left } of streamNearTwins(trees, { ratio: 0.2, threads })) found += left.length;
  console.log(
    `ratio 0.2, ${threads} threads: ${((performance.now() - start) / 1000).toFixed(2)} s, ${found} twins`,
  );
};

await main();
