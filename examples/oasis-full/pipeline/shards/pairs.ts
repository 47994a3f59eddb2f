import { needsTrees, type PairOptions, pairFunctions } from '../../annotation/annotate.js';
import type { ShardFunction } from '../../engine/shard-function.js';
import { type Schema, writeParquet } from '../../store/parquet-table.js';
import { readGroup } from './group.js';
import { readTrees } from './trees.js';

/** Numbers of the run; positives are no rows of their own, since every function that asks is one. */
export const negativeColumns = {
  query: 'uint32',
  document: 'uint32',
  /** Its place in PAIR_SOURCES. */
  source: 'uint8',
} as const satisfies Schema;

/** Near twins of a group, before a docstring that several groups ask has its share cut. */
export const twinColumns = {
  query: 'uint32',
  document: 'uint32',
  ratio: 'float32',
} as const satisfies Schema;

export interface PairsSummary {
  readonly negatives: number;
  readonly twins: number;
  readonly shortFunctions: number;
  readonly shortRepositories: number;
  /** Sampled pairs by where they came from. */
  readonly byStratum: Readonly<Record<string, number>>;
}

export interface PairsKind {
  readonly options: PairOptions;
  readonly how: null;
  readonly summary: PairsSummary;
}

/** A group and its trees in, its negatives out. */
export const pairsShard: ShardFunction<PairsKind> = async ({ task, path, output }) => {
  const options = task.options;
  const [members, queries, treesFile] = task.inputs.map((input) => path(input.path));
  const functions = await readGroup(members!, queries!, { foreign: false });
  const trees = needsTrees(options) ? await readTrees(treesFile!, functions) : undefined;
  const { pairs, source, twins, twinRatios, byStratum, shortfall } = pairFunctions(functions, options, trees);
  // Local queries are distinct docstrings in order of appearance; any function that asks one knows its number.
  const queryOf = new Map<number, number>();
  for (let i = 0; i < functions.length; i++) queryOf.set(pairs.query[i]!, functions[i]!.query);
  const query = Uint32Array.from(pairs.query, (local) => queryOf.get(local)!);
  const document = Uint32Array.from(pairs.document, (local) => functions[local]!.fn);
  const firstTwin = query.length - twins;
  await writeParquet(output('negatives.parquet'), negativeColumns, {
    query: query.subarray(functions.length, firstTwin),
    document: document.subarray(functions.length, firstTwin),
    source: source.subarray(functions.length, firstTwin),
  });
  await writeParquet(output('twins.parquet'), twinColumns, {
    query: query.subarray(firstTwin),
    document: document.subarray(firstTwin),
    ratio: twinRatios,
  });
  const summary: PairsSummary = {
    negatives: firstTwin - functions.length,
    twins,
    shortFunctions: shortfall.functions,
    shortRepositories: shortfall.repositories,
    byStratum,
  };
  return { rows: query.length - functions.length, summary };
};
