import { type FlatTree, type LabelMode, type NodeSelection, treeFromJson, treeToJson } from 'oasis-embed/ast';
import { parseTrees } from '../../annotation/parse-trees.js';
import type { ShardFunction } from '../../engine/shard-function.js';
import { readParquetParts, type Schema, writeParquet } from '../../store/parquet-table.js';
import { type GroupFunction, readGroup } from './group.js';

/** The flat tree of each function of a group, those of other groups included, by the function's number. */
export const treeColumns = {
  fn: 'uint32',
  /** As `treeToJson` writes it; null where the code does not parse. */
  tree: 'text',
} as const satisfies Schema;

export interface TreesOptions {
  /** What else a tree depends on besides the code: versions of the parser and of the grammars. */
  readonly grammars: Readonly<Record<string, string>>;
}

export interface TreesSummary {
  readonly parsed: number;
  readonly nodes: number;
  /** What the labels say and which nodes are kept; null where nothing parsed. */
  readonly form: { readonly labelMode: LabelMode; readonly nodes: NodeSelection } | null;
}

export interface TreesKind {
  readonly options: TreesOptions;
  readonly how: null;
  readonly summary: TreesSummary;
}

/** A group in, its trees out: near twins and suspects read them, so that a code is parsed once. */
export const treesShard: ShardFunction<TreesKind> = async ({ task, path, output, progress }) => {
  const [members, queries] = task.inputs.map((input) => path(input.path));
  const functions = await readGroup(members!, queries!, { foreign: true });
  const trees = await parseTrees(functions, (done) => progress(done, functions.length, 'functions parsed'));
  await writeParquet(output('parquet'), treeColumns, {
    fn: functions.map(({ fn }) => fn),
    tree: trees.map((tree) => (tree === null ? null : JSON.stringify(treeToJson(tree)))),
  });
  const parsed = trees.filter((tree) => tree !== null);
  const [first] = parsed;
  const summary: TreesSummary = {
    parsed: parsed.length,
    nodes: parsed.reduce((sum, { size }) => sum + size, 0),
    form: first === undefined ? null : { labelMode: first.labelMode, nodes: first.nodes },
  };
  return { rows: functions.length, summary };
};

/** The trees of functions of a group, in their order. */
export const readTrees = async (
  file: string,
  functions: readonly GroupFunction[],
): Promise<(FlatTree | null)[]> => {
  const treeOf = new Map<number, FlatTree | null>();
  for await (const { fn, tree } of readParquetParts(file, treeColumns))
    for (const [i, number] of fn.entries())
      treeOf.set(number, tree[i] === null ? null : treeFromJson(JSON.parse(tree[i]!)));
  return functions.map(({ fn, id }) => {
    const tree = treeOf.get(fn);
    if (tree === undefined) throw new Error(`${file}: the tree of function ${id} is missing`);
    return tree;
  });
};
