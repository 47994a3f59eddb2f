/**
 * Precision and recall of the call graph on micro-benchmarks laid out as PyCG's: one folder per program with its
 * `callgraph.json`. Clone https://github.com/vitsalis/PyCG or https://github.com/secure-software-engineering/SWARM-CG
 * (whose Python and JavaScript suites have the same layout) and run
 *
 *   npx tsx bench/accuracy/corpus-pycg.ts <clone>/micro-benchmark/snippets
 *   npx tsx bench/accuracy/corpus-pycg.ts <clone>/benchmarks/python/pycg_extended
 *   npx tsx bench/accuracy/corpus-pycg.ts <clone>/benchmarks/javascript/swarm_js
 *
 * Counted are edges whose callee is a function or method with a name in the program, once per caller and callee;
 * the caller is one as well, or the top of a file. Not counted, on both sides: builtins, functions of modules that
 * the program doesn't hold, and lambdas and arrow functions as callees (the suites give them no name). Calls inside a lambda belong to what is
 * around it. The second line counts only edges between named functions, which is what prompts see.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { CALL_TIERS } from '../../src/corpus/calls/call-tiers.js';
import { readSites } from './call-sites.js';

const root = process.argv[2];
if (root === undefined) throw new Error('usage: npx tsx bench/accuracy/corpus-pycg.ts <folder of programs>');
const verbose = process.argv.includes('--verbose');

const moduleOf = (path: string): string =>
  path
    .replace(/\.(py|[mc]?js)$/, '')
    .replace(/\/(__init__|index)$/, '')
    .replace(/\//g, '.');

/** A lambda's calls belong to what is around it. */
const around = (name: string): string => name.replace(/\.<(lambda|arrow)\d+>.*$/, '');

const graphs = (await readdir(root, { recursive: true }))
  .filter((path) => basename(path) === 'callgraph.json')
  .sort();
const byTier = new Map(CALL_TIERS.map((tier) => [tier, { right: 0, wrong: 0 }]));
const all = { truth: 0, found: 0, right: 0 };
const named = { truth: 0, found: 0, right: 0 };
const leftOut = { builtin: 0, lambda: 0, unknown: 0 };
for (const file of graphs) {
  const folder = dirname(join(root, file));
  const { sites, functions, arrows, modules } = await readSites(folder, moduleOf);
  const graph = JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, string[]>;
  const truth = new Map<string, boolean>();
  for (const [caller, callees] of Object.entries(graph)) {
    const from = around(caller);
    for (const callee of callees) {
      if (callee.startsWith('<')) leftOut.builtin++;
      else if (/<(lambda|arrow)/.test(callee) || arrows.has(callee)) leftOut.lambda++;
      else if (!functions.has(callee) || !(functions.has(from) || modules.has(from))) {
        leftOut.unknown++;
        if (verbose) console.log('uncounted', relative(root, folder), from, '→', callee);
      } else truth.set(`${from} → ${callee}`, functions.has(from));
    }
  }
  const found = new Map<string, (typeof sites)[number]>();
  for (const site of sites) {
    if (arrows.has(site.callee) || arrows.has(site.caller)) continue;
    const edge = `${site.caller} → ${site.callee}`;
    const known = found.get(edge);
    if (known === undefined || CALL_TIERS.indexOf(site.tier) < CALL_TIERS.indexOf(known.tier))
      found.set(edge, site);
  }
  for (const [edge, { caller, tier }] of found) {
    const isRight = truth.has(edge);
    byTier.get(tier)![isRight ? 'right' : 'wrong']++;
    for (const count of functions.has(caller) ? [all, named] : [all]) {
      count.found++;
      if (isRight) count.right++;
    }
    if (!isRight && verbose) console.log('wrong ', relative(root, folder), edge, tier);
  }
  for (const [edge, isNamed] of truth) {
    for (const count of isNamed ? [all, named] : [all]) count.truth++;
    if (!found.has(edge) && verbose) console.log('missed', relative(root, folder), edge);
  }
}
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)}% (${part}/${whole})`;
console.log(
  `${graphs.length} programs; not counted: ${leftOut.builtin} edges to builtins, ${leftOut.lambda} to lambdas, ${leftOut.unknown} to or from functions that the program doesn't hold`,
);
for (const [label, count] of [
  ['all calls', all],
  ['between named functions', named],
] as const)
  console.log(
    `${label}: precision ${percent(count.right, count.found)}, recall ${percent(count.right, count.truth)}`,
  );
for (const [tier, { right, wrong }] of byTier)
  if (right + wrong > 0) console.log(`  ${tier}: ${right} right, ${wrong} wrong`);
