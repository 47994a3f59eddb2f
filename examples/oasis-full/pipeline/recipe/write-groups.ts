import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { LanguageId } from 'oasis-embed/syntax';
import type { StoredFunction } from '../../corpus/stored-function.js';
import type { ShardInput } from '../../engine/shard-task.js';
import { writeParquet } from '../../store/parquet-table.js';
import { createPartition } from '../../store/partition.js';
import { memberColumns } from '../shards/group.js';

export interface Group {
  readonly name: string;
  readonly members: ShardInput;
  /** Of its functions, sorted. */
  readonly languages: readonly LanguageId[];
}

/**
 * Divides repositories into groups, in the order given; a repository is never divided, since its negatives are drawn
 * from all of it.
 *
 * @param sizes Functions by repository.
 * @param size Minimum functions per group, except the last.
 * @returns The group of each repository.
 */
export const groupRepositories = (
  sizes: ReadonlyMap<string, number>,
  size: number,
): ReadonlyMap<string, number> => {
  const groupOf = new Map<string, number>();
  let group = 0;
  let filled = 0;
  for (const [repository, count] of sizes) {
    if (filled >= size) {
      group++;
      filled = 0;
    }
    groupOf.set(repository, group);
    filled += count;
  }
  return groupOf;
};

/** A function with its place in functions.jsonl. */
interface Member {
  readonly place: number;
  readonly fn: StoredFunction;
}

/**
 * Writes the functions of every group; the name of its file is that of its content.
 *
 * @param functions Called twice: to count, then to write.
 * @param isShown Which of them are worked on.
 */
export const writeGroups = async (
  root: string,
  functions: () => AsyncIterable<StoredFunction>,
  isShown: (fn: StoredFunction) => boolean,
  size: number,
): Promise<Group[]> => {
  const sizes = new Map<string, number>();
  for await (const fn of functions())
    if (isShown(fn)) sizes.set(fn.repository, (sizes.get(fn.repository) ?? 0) + 1);
  const groupOf = groupRepositories(sizes, size);
  const partition = createPartition<Member>(join(root, 'shards/members/partition'));
  const groups: Group[] = [];
  try {
    let place = 0;
    for await (const fn of functions()) {
      if (isShown(fn)) await partition.add(groupOf.get(fn.repository)!, { place, fn });
      place++;
    }
    for await (const group of partition.parts()) {
      const record = group.map(({ fn }) => JSON.stringify(fn));
      const hash = createHash('sha256');
      for (const [at, { place }] of group.entries()) hash.update(`${place} ${record[at]}\n`);
      const sha256 = hash.digest('hex');
      const name = `${String(groups.length).padStart(5, '0')}-${sha256.slice(0, 12)}`;
      const path = `shards/members/${name}.parquet`;
      await writeParquet(join(root, path), memberColumns, {
        place: group.map(({ place }) => place),
        id: group.map(({ fn }) => fn.id),
        repository: group.map(({ fn }) => fn.repository),
        record,
      });
      groups.push({
        name,
        members: { path, sha256 },
        languages: [...new Set(group.map(({ fn }) => fn.language))].sort(),
      });
    }
  } finally {
    await partition.close();
  }
  return groups;
};
