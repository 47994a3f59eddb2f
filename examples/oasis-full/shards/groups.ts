import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ShardInput } from '../engine/shard-task.js';
import type { StoredFunction } from '../functions.js';
import { writeParquet } from '../store/parquet-table.js';
import { memberColumns } from './group.js';

/** Functions of a group, more where a single repository has more: the draw of negatives needs it whole. */
export const GROUP_SIZE = 1000;

export interface Group {
  readonly name: string;
  readonly members: ShardInput;
}

/** Divides functions into runs of whole repositories. */
export const groupByRepositories = (
  functions: readonly StoredFunction[],
  size = GROUP_SIZE,
): StoredFunction[][] => {
  const groups: StoredFunction[][] = [];
  const seen = new Set<string>();
  let current: StoredFunction[] = [];
  for (const [i, fn] of functions.entries()) {
    if (i > 0 && functions[i - 1]!.repository !== fn.repository) {
      if (current.length >= size) {
        groups.push(current);
        current = [];
      }
    }
    if (functions[i - 1]?.repository !== fn.repository) {
      if (seen.has(fn.repository))
        throw new Error(`functions of ${fn.repository} must stand together, received them in two places`);
      seen.add(fn.repository);
    }
    current.push(fn);
  }
  if (current.length > 0) groups.push(current);
  return groups;
};

/** Writes the functions of every group; the name of its file is that of its content. */
export const writeGroups = async (root: string, functions: readonly StoredFunction[]): Promise<Group[]> => {
  const groups: Group[] = [];
  for (const [i, group] of groupByRepositories(functions).entries()) {
    const record = group.map((fn) => JSON.stringify(fn));
    const hash = createHash('sha256');
    for (const row of record) hash.update(row).update('\n');
    const sha256 = hash.digest('hex');
    const name = `${String(i).padStart(5, '0')}-${sha256.slice(0, 12)}`;
    const path = `shards/members/${name}.parquet`;
    await writeParquet(join(root, path), memberColumns, {
      id: group.map((fn) => fn.id),
      repository: group.map((fn) => fn.repository),
      record,
    });
    groups.push({ name, members: { path, sha256 } });
  }
  return groups;
};
