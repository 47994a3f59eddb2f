/**
 * The call graph of Java on CATS, the call graph test suite of the JCG project, as SWARM-CG lays it out: one folder
 * per program with its `callgraph.json`. Clone https://github.com/secure-software-engineering/SWARM-CG and run
 *
 *   npx tsx bench/accuracy/corpus-cats.ts <clone>/benchmarks/java/cats
 *
 * A program's graph lists only the calls it is about, not all of them. So recall is over all listed edges whose
 * ends the program holds as methods with a body, and an edge found is judged only where its caller is listed and a
 * listed callee of it has the same name: it is right if it is listed too, else wrong. Reflection, class loading,
 * dynamic proxies, Unsafe, serialization and calls by the virtual machine are counted by themselves: no call in
 * the source names their target.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { CALL_TIERS } from '../../src/corpus/calls/call-tiers.js';
import { readSites } from './call-sites.js';

const root = process.argv[2];
if (root === undefined)
  throw new Error('usage: npx tsx bench/accuracy/corpus-cats.ts <benchmarks/java/cats>');
const verbose = process.argv.includes('--verbose');
const UNNAMED =
  /Reflection|Classloading|DynamicProxies|Unsafe|Serialization|SignaturePolymorphic|StaticInitializers|JVMCalls/;

/** `pkg.Outer$Inner:method(args)` as `Inner:method/count`. */
const shorten = (name: string): string => {
  const [, owner, method, args] = /^([^:]+):([^(]+)\((.*)\)/.exec(name) ?? [null, name, '', ''];
  const simple = owner!.split(/[.$]/).at(-1)!;
  const count = args === '' ? 0 : args!.split(',').length;
  return `${simple}:${method === '<init>' ? simple : method}/${count}`;
};

const graphs = (await readdir(root, { recursive: true }))
  .filter((path) => basename(path) === 'callgraph.json')
  .sort();
const tiers = new Map(CALL_TIERS.map((tier) => [tier, { right: 0, wrong: 0 }]));
const groups = new Map<string, { truth: number; right: number; wrong: number }>();
const sum = {
  all: { truth: 0, right: 0, wrong: 0 },
  named: { truth: 0, right: 0, wrong: 0 },
  unnamed: { truth: 0, right: 0, wrong: 0 },
};
let unheld = 0;
for (const file of graphs) {
  const folder = dirname(join(root, file));
  const group = relative(root, folder).split('/')[0]!;
  const count = groups.get(group) ?? { truth: 0, right: 0, wrong: 0 };
  groups.set(group, count);
  const total = UNNAMED.test(group) ? sum.unnamed : sum.named;
  const { sites, functions } = await readSites(
    folder,
    (path) => path,
    (_, { className, name, head }) => `${className ?? ''}:${name}/${head.parameters.length}`,
  );
  const graph = JSON.parse(await readFile(join(root, file), 'utf8')) as Record<string, string[]>;
  const truth = new Set<string>();
  const names = new Map<string, Set<string>>();
  for (const [caller, callees] of Object.entries(graph)) {
    const from = shorten(caller);
    for (const callee of callees) {
      const to = shorten(callee);
      if (!functions.has(from) || !functions.has(to)) unheld++;
      else truth.add(`${from} → ${to}`);
      const known = names.get(from) ?? new Set();
      names.set(from, known.add(to.replace(/^.*:|\/.*$/g, '')));
    }
  }
  const found = new Map(sites.map((site) => [`${site.caller} → ${site.callee}`, site]));
  for (const [edge, { caller, callee, tier }] of found) {
    const isRight = truth.has(edge);
    if (!isRight && names.get(caller)?.has(callee.replace(/^.*:|\/.*$/g, '')) !== true) continue;
    for (const each of [count, total, sum.all, tiers.get(tier)!]) each[isRight ? 'right' : 'wrong']++;
    if (!isRight && verbose) console.log('wrong ', relative(root, folder), edge, tier);
  }
  for (const edge of truth)
    if (!found.has(edge) && verbose) console.log('missed', relative(root, folder), edge);
  count.truth += truth.size;
  total.truth += truth.size;
  sum.all.truth += truth.size;
}
const percent = (part: number, whole: number): string =>
  `${((100 * part) / Math.max(1, whole)).toFixed(1)}% (${part}/${whole})`;
console.log(`${graphs.length} programs; ${unheld} edges end in methods that the program doesn't hold`);
for (const [label, { truth, right, wrong }] of [
  ['all', sum.all],
  ['calls that the source names', sum.named],
  ['reflection, class loading, virtual machine', sum.unnamed],
  ...groups,
] as const)
  console.log(`${label}: precision ${percent(right, right + wrong)}, recall ${percent(right, truth)}`);
for (const [tier, { right, wrong }] of tiers)
  if (right + wrong > 0) console.log(`  ${tier}: ${right} right, ${wrong} wrong`);
