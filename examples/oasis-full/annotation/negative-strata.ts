import { type FlatTree, nearTwins } from 'oasis-embed/ast';
import { Bm25Index } from 'oasis-embed/benchmarks';
import { callGraphStratum, lexicalStratum, type NegativeStratum, pairedStratum } from 'oasis-embed/sampling';
import { subtokens } from 'oasis-embed/syntax';
import type { StratumCounts } from '../options/stratum-counts.js';
import type { AnnotatedFunction } from './annotated-functions.js';

/** Smaller trees are alike by chance. */
const MIN_TREE_NODES = 20;

const twinPairs = (
  functions: readonly AnnotatedFunction[],
  trees: readonly (FlatTree | null)[],
  ratio: number,
) => {
  const left: number[] = [];
  const right: number[] = [];
  const groups = new Map<string, number[]>();
  functions.forEach(({ repository }, i) => {
    groups.set(repository, groups.get(repository) ?? []);
    groups.get(repository)!.push(i);
  });
  for (const members of groups.values()) {
    const usable = members.filter((i) => trees[i] !== null);
    const twins = nearTwins(
      usable.map((i) => trees[i]!),
      { ratio, minimumSize: MIN_TREE_NODES },
    );
    for (const i of twins.left) left.push(usable[i]!);
    for (const i of twins.right) right.push(usable[i]!);
  }
  return { left, right };
};

/** The strata asked for, in the order they were named. */
export const negativeStrata = (
  functions: readonly AnnotatedFunction[],
  counts: StratumCounts,
  { trees, treeRatio }: { readonly trees?: readonly (FlatTree | null)[]; readonly treeRatio: number },
): NegativeStratum[] =>
  Object.entries(counts).map(([name, count]) => {
    if (name === 'calls') return callGraphStratum(functions, { count });
    if (name === 'lexical') {
      return lexicalStratum(functions, {
        count,
        queries: functions.map((fn) => subtokens(fn.docstring)),
        documents: functions.map((fn) => subtokens(fn.code)),
        index: (documents) => new Bm25Index(documents),
      });
    }
    if (trees === undefined) throw new TypeError('trees must be given where twins are asked for');
    return pairedStratum(name, twinPairs(functions, trees, treeRatio), { count });
  });
