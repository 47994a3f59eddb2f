/**
 * Precision and recall of Python's call resolution on the micro-benchmark of PyCG (119 programs with their call
 * graphs). Clone https://github.com/vitsalis/PyCG and run
 *
 *   npx tsx bench/peers/corpus-pycg.ts <clone>/micro-benchmark/snippets
 *
 * Compared are the edges between functions and methods with a name: calls at the top of a module, lambdas and
 * builtins have no end in this package's graph and are left out of both sides.
 */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { analyzeRepository, type CallTier } from '../../src/corpus/index.js';

const root = process.argv[2];
if (root === undefined)
  throw new Error('usage: npx tsx bench/peers/corpus-pycg.ts <micro-benchmark/snippets>');

const graphs = (await readdir(root, { recursive: true }))
  .filter((path) => path.endsWith('callgraph.json'))
  .sort();
const tiers = new Map<CallTier, { right: number; wrong: number }>();
let truthTotal = 0;
let rightTotal = 0;
let foundTotal = 0;
const verbose = process.argv.includes('--verbose');
for (const file of graphs) {
  const folder = dirname(join(root, file));
  const { functions, calls } = await analyzeRepository(folder);
  const nameOf = new Map(
    functions.map(({ id, path, qualifiedName }) => {
      const module = path
        .replace(/\.py$/, '')
        .replace(/\/__init__$/, '')
        .replace(/\//g, '.');
      return [id, `${module}.${qualifiedName}`];
    }),
  );
  const known = new Set(nameOf.values());
  const graph = JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, string[]>;
  const truth = new Set<string>();
  for (const [caller, callees] of Object.entries(graph)) {
    for (const callee of callees)
      if (known.has(caller) && known.has(callee)) truth.add(`${caller} → ${callee}`);
  }
  const found = new Set<string>();
  for (const { caller, callee, tier } of calls) {
    const edge = `${nameOf.get(caller)} → ${nameOf.get(callee)}`;
    if (found.has(edge)) continue;
    found.add(edge);
    const count = tiers.get(tier) ?? { right: 0, wrong: 0 };
    tiers.set(tier, count);
    if (truth.has(edge)) count.right++;
    else {
      count.wrong++;
      if (verbose) console.log('wrong ', relative(root, folder), edge, tier);
    }
  }
  const right = [...truth].filter((edge) => found.has(edge));
  if (verbose)
    for (const edge of truth) if (!found.has(edge)) console.log('missed', relative(root, folder), edge);
  truthTotal += truth.size;
  rightTotal += right.length;
  foundTotal += found.size;
}
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;
console.log(`${graphs.length} programs, ${truthTotal} edges between named functions`);
console.log(
  `precision ${percent(rightTotal, foundTotal)} (${rightTotal}/${foundTotal}), recall ${percent(rightTotal, truthTotal)} (${rightTotal}/${truthTotal})`,
);
for (const [tier, { right, wrong }] of tiers) console.log(`  ${tier}: ${right} right, ${wrong} wrong`);
