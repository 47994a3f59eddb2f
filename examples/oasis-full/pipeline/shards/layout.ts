import type { ShardFunction } from '../../engine/shard-function.js';
import { readParquet, type Schema, writeParquet } from '../../store/parquet-table.js';
import { twinColumns } from './pairs.js';

export interface LayoutOptions {
  readonly groups: readonly string[];
  readonly twinsPerQuery: number;
  /** Functions that ask: the positives, which stand first. */
  readonly functions: number;
  /** Sampled negatives by group. */
  readonly negatives: readonly number[];
}

export interface LayoutSummary {
  /** The number of each group's first sampled negative. */
  readonly firstNegative: readonly number[];
  readonly firstTwin: number;
  readonly twins: number;
}

/** The twins that a group keeps, with the numbers of their pairs. */
export const keptTwinColumns = {
  pair: 'uint32',
  query: 'uint32',
  document: 'uint32',
} as const satisfies Schema;

export interface LayoutKind {
  readonly options: LayoutOptions;
  readonly how: null;
  readonly summary: LayoutSummary;
}

/**
 * Numbers the pairs of the run: positives by function, then sampled negatives by group, then near twins by query and
 * nearness. Where groups share a docstring, only its nearest twins of all stay.
 */
export const layoutShard: ShardFunction<LayoutKind> = async ({ task, path, output }) => {
  const { groups, twinsPerQuery, functions, negatives } = task.options;
  const firstNegative: number[] = [];
  let next = functions;
  for (const count of negatives) {
    firstNegative.push(next);
    next += count;
  }
  const firstTwin = next;

  const parts = await Promise.all(task.inputs.map((input) => readParquet(path(input.path), twinColumns)));
  const total = parts.reduce((sum, part) => sum + part.query.length, 0);
  const query = new Uint32Array(total);
  const document = new Uint32Array(total);
  const ratio = new Float32Array(total);
  const groupOf = new Uint32Array(total);
  let at = 0;
  for (const [group, part] of parts.entries()) {
    query.set(part.query, at);
    document.set(part.document, at);
    ratio.set(part.ratio, at);
    groupOf.fill(group, at, at + part.query.length);
    at += part.query.length;
  }
  const order = Uint32Array.from({ length: total }, (_, i) => i).sort(
    (a, b) => query[a]! - query[b]! || ratio[a]! - ratio[b]! || document[a]! - document[b]!,
  );
  const kept = groups.map(() => ({ pair: [] as number[], query: [] as number[], document: [] as number[] }));
  let twins = 0;
  let rank = 0;
  let previous = -1;
  for (const i of order) {
    rank = query[i] === previous ? rank + 1 : 0;
    previous = query[i]!;
    if (rank >= twinsPerQuery) continue;
    const own = kept[groupOf[i]!]!;
    own.pair.push(firstTwin + twins++);
    own.query.push(query[i]!);
    own.document.push(document[i]!);
  }
  for (const [group, name] of groups.entries())
    await writeParquet(output(`${name}.parquet`), keptTwinColumns, kept[group]!);
  const summary: LayoutSummary = { firstNegative, firstTwin, twins };
  return { rows: firstTwin + twins, summary };
};
