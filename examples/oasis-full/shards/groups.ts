import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ShardInput } from '../engine/shard-task.js';
import type { StoredFunction } from '../functions.js';
import { writeParquet } from '../store/parquet-table.js';
import { memberColumns } from './group.js';

export interface Group {
  readonly name: string;
  readonly members: ShardInput;
}

/** A function with its place in functions.jsonl. */
export interface PlacedFunction {
  readonly place: number;
  readonly fn: StoredFunction;
}

/**
 * Divides functions into groups of whole repositories, in the order in which these first appear; a repository is
 * never divided, since its negatives are drawn from all of it.
 */
export const groupByRepositories = (
  functions: readonly PlacedFunction[],
  size: number,
): PlacedFunction[][] => {
  const repositories = new Map<string, PlacedFunction[]>();
  for (const placed of functions) {
    const own = repositories.get(placed.fn.repository);
    if (own === undefined) repositories.set(placed.fn.repository, [placed]);
    else own.push(placed);
  }
  const groups: PlacedFunction[][] = [];
  let current: PlacedFunction[] = [];
  for (const own of repositories.values()) {
    if (current.length >= size) {
      groups.push(current);
      current = [];
    }
    for (const placed of own) current.push(placed);
  }
  if (current.length > 0) groups.push(current);
  return groups;
};

/** Writes the functions of every group; the name of its file is that of its content. */
export const writeGroups = async (
  root: string,
  functions: readonly PlacedFunction[],
  size: number,
): Promise<Group[]> => {
  const groups: Group[] = [];
  for (const [i, group] of groupByRepositories(functions, size).entries()) {
    const record = group.map(({ fn }) => JSON.stringify(fn));
    const hash = createHash('sha256');
    for (const [at, { place }] of group.entries()) hash.update(`${place} ${record[at]}\n`);
    const sha256 = hash.digest('hex');
    const name = `${String(i).padStart(5, '0')}-${sha256.slice(0, 12)}`;
    const path = `shards/members/${name}.parquet`;
    await writeParquet(join(root, path), memberColumns, {
      place: group.map(({ place }) => place),
      id: group.map(({ fn }) => fn.id),
      repository: group.map(({ fn }) => fn.repository),
      record,
    });
    groups.push({ name, members: { path, sha256 } });
  }
  return groups;
};
