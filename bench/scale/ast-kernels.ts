/**
 * The SIMD kernel of tree edit distance against the JavaScript one, on real functions, in one run. Usage:
 *
 *   npx tsx bench/scale/ast-kernels.ts FOLDER…
 */

import { simdSimilarity } from '../../src/ast/distance/simd-kernel.js';
import { similarity } from '../../src/ast/distance/similarity-kernel.js';
import { createTrimmedPair, trimEqualParts } from '../../src/ast/distance/trim-equal-parts.js';
import type { FlatTree } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { functionTrees, samplePairs } from '../inputs/function-trees.js';

const trimmed = createTrimmedPair();
const kernels = { JavaScript: similarity, SIMD: simdSimilarity };

const distance = (a: FlatTree, b: FlatTree, kernel: typeof simdSimilarity): number => {
  const { a: ra, b: rb } = trimEqualParts(a, b, trimmed);
  const nodes = ra.hi - ra.lo + 1 + (rb.hi - rb.lo + 1);
  if (ra.hi < ra.lo || rb.hi < rb.lo) return nodes;
  const score = kernel(prepareTree(a), ra, prepareTree(b), rb);
  if (score === null) throw new Error('the SIMD kernel must be there and take these trees');
  return nodes - score;
};

/** The least CPU time of some rounds, kernels taking turns: other load on the machine hardly shows. */
const compare = (pairs: [FlatTree, FlatTree][], title: string, rounds: number): void => {
  for (const [a, b] of pairs) {
    const [one, other] = [distance(a, b, similarity), distance(a, b, simdSimilarity)];
    if (one !== other) throw new Error(`the kernels must agree, received ${one} and ${other}`);
  }
  const best = Object.entries(kernels).map(([name, kernel]) => ({ name, kernel, milliseconds: Infinity }));
  for (let round = 0; round < rounds; round++) {
    for (const entry of best) {
      const start = process.cpuUsage();
      for (const [a, b] of pairs) distance(a, b, entry.kernel);
      const { user, system } = process.cpuUsage(start);
      entry.milliseconds = Math.min(entry.milliseconds, (user + system) / 1000);
    }
  }
  const times = best.map(({ name, milliseconds }) => `${name} ${milliseconds.toFixed(1)} ms CPU`).join(', ');
  const ratio = best[0]!.milliseconds / best[1]!.milliseconds;
  console.log(`${title}: ${pairs.length} pairs, all equal; ${times}, ratio ${ratio.toFixed(2)}`);
};

const main = async (): Promise<void> => {
  const folders = process.argv.slice(2);
  if (folders.length === 0)
    throw new Error('name the folders with JavaScript sources to take functions from');
  const trees = await functionTrees(folders);
  console.log(`${trees.length} functions of at least 20 nodes, node ${process.version}`);
  compare(samplePairs(trees, 500, 20, 60), '20–60 nodes', 20);
  compare(samplePairs(trees, 500, 30, 300), '30–300 nodes', 15);
  compare(samplePairs(trees, 20, 500, 2000), '500–2,000 nodes', 5);
};

await main();
