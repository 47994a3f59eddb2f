/**
 * The bounded distance of large trees: time and memory over nodes · limit, beside the same band in plain JavaScript and
 * the kernel for the whole distance.
 *
 * Run: npx tsx bench/scale/ast-bounded.ts [most nodes of the whole distance]
 * Least processor time of three runs; memory is how much the peak of the process grew since the size before.
 */
import { cpus } from 'node:os';
import { boundedDistance } from '../../src/ast/distance/bounded-kernel.js';
import { simdBoundedDistance } from '../../src/ast/distance/bounded-simd.js';
import { fastestSimilarity } from '../../src/ast/distance/fastest-similarity.js';
import type { NodeRange } from '../../src/ast/distance/node-range.js';
import { type FlatTree, flattenObject, treeEditDistanceWithin } from '../../src/ast/index.js';
import { prepareTree } from '../../src/ast/tree/prepared-tree.js';
import { createRandom } from '../../src/numerics/index.js';
import { plantEdits, randomTree } from '../../test/ast/trees.js';

const [wholeUpTo = 10_000] = process.argv.slice(2).map(Number);
const sizes = [1000, 2000, 5000, 10_000, 50_000, 100_000, 200_000];

const peak = (): number => process.resourceUsage().maxRSS / 1024;
const least = (work: () => number, runs: number): { readonly cpu: number; readonly found: number } => {
  let cpu = Number.POSITIVE_INFINITY;
  let found = 0;
  for (let run = 0; run < runs; run++) {
    const started = process.cpuUsage();
    found = work();
    const { user, system } = process.cpuUsage(started);
    cpu = Math.min(cpu, (user + system) / 1000);
  }
  return { cpu, found };
};

const rangesOf = (a: FlatTree, b: FlatTree) =>
  [a, b].map(({ size }) => ({ lo: 0, hi: size - 1 })) as [NodeRange, NodeRange];

/** By one kernel for the band, from the right side. */
const bandOf = (kernel: typeof simdBoundedDistance, a: FlatTree, b: FlatTree, limit: number) => {
  const [ra, rb] = rangesOf(a, b);
  const [pa, pb] = [prepareTree(a), prepareTree(b)];
  return () => kernel(pa, ra, pb, rb, limit, true, null, Number.POSITIVE_INFINITY)!;
};

/** By the kernel that fills whole tables, whatever is known of the distance. */
const wholeDistance = (a: FlatTree, b: FlatTree): number => {
  const [ra, rb] = rangesOf(a, b);
  return a.size + b.size - fastestSimilarity(prepareTree(a), ra, prepareTree(b), rb);
};

{
  // Compiled before the first size.
  const random = createRandom(1);
  const tree = randomTree(random, 1000, 50, 0.8);
  const [a, b] = [flattenObject(tree), flattenObject(plantEdits(tree, 30, random, 50))];
  for (let run = 0; run < 5; run++)
    if (treeEditDistanceWithin(a, b, 60) !== wholeDistance(a, b)) throw new Error();
}

console.log(`${cpus()[0]?.model}, Node ${process.version}`);
for (const edits of [1, 10, 100]) {
  for (const nodes of sizes) {
    const random = createRandom(nodes + edits);
    const tree = randomTree(random, nodes, 50, 0.8);
    const a = flattenObject(tree);
    const b = flattenObject(plantEdits(tree, edits, random, 50));
    const limit = 2 * edits;
    const before = peak();
    const runs = nodes * edits > 1e6 ? 1 : 3;
    const { cpu, found } = least(() => treeEditDistanceWithin(a, b, limit), runs);
    const grown = peak() - before;
    const simd = least(bandOf(simdBoundedDistance, a, b, limit), runs);
    const plain = least(bandOf(boundedDistance, a, b, limit), runs);
    if (simd.found !== found || plain.found !== found)
      throw new Error(`the bands find ${simd.found} and ${plain.found}, the distance is ${found}`);
    let line =
      `${edits} edits, ${nodes} nodes: distance ${found}, ${cpu.toFixed(2)} ms, ` +
      `${((1e6 * cpu) / (nodes * limit)).toFixed(0)} ns and ${((grown * 2 ** 20) / (nodes * limit)).toFixed(0)} bytes per node and unit of the limit; ` +
      `the band ${simd.cpu.toFixed(2)} ms by SIMD, ${plain.cpu.toFixed(2)} ms without: ${(plain.cpu / simd.cpu).toFixed(1)} times`;
    if (nodes <= wholeUpTo) {
      const whole = least(() => wholeDistance(a, b), 3);
      if (whole.found !== found)
        throw new Error(`the whole distance is ${whole.found}, within the limit ${found}`);
      line += `; the whole distance ${whole.cpu.toFixed(2)} ms, ${(whole.cpu / cpu).toFixed(1)} times as long`;
    }
    console.log(line);
  }
}
