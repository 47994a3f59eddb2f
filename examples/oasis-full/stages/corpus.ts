import { join } from 'node:path';
import { type CodeFunction, dropNearDuplicates, dropReason } from 'oasis-embed/corpus';
import type { RepositorySource } from '../default-corpus.js';
import { shardName } from '../engine/shard-task.js';
import type { StoredFunction } from '../functions.js';
import { writeJsonLines } from '../run-folder.js';
import { type ExtractOptions, type ExtractSummary, functionColumns } from '../shards/extract.js';
import { type Split, splitByOwner } from '../split.js';
import type { Stage } from '../stage.js';
import { readParquetParts } from '../store/parquet-table.js';
import type { StageContext } from './context.js';

export interface RepositorySummary {
  readonly name: string;
  readonly version: string;
  readonly files: number;
  readonly found: number;
  readonly documented: number;
  /** Documented functions by split: one split where repositories are divided whole. */
  readonly splits: Readonly<Partial<Record<Split, number>>>;
  readonly languages: Readonly<Record<string, number>>;
}

export interface CorpusSummary {
  readonly repositories: readonly RepositorySummary[];
  readonly found: number;
  /** Functions that can be searched. */
  readonly kept: number;
  readonly documented: number;
  readonly splitUnit: 'owner' | 'file';
  readonly callEdges: number;
  /** Functions that are kept out of training, by reason, near-duplicates included. */
  readonly droppedByReason: Readonly<Record<string, number>>;
  /** Files and folders not read, by reason. */
  readonly leftOutByReason: Readonly<Record<string, number>>;
}

/** Counts by name; without a prototype, since `constructor` is one of the names. */
const noCounts = (): Record<string, number> => Object.create(null);

const addCounts = (
  into: Record<string, number>,
  from: Readonly<Partial<Record<string, number>>>,
): Record<string, number> => {
  for (const [name, count] of Object.entries(from)) into[name] = (into[name] ?? 0) + (count ?? 0);
  return into;
};

const tally = (names: readonly string[]): Record<string, number> =>
  names.reduce((counts, name) => addCounts(counts, { [name]: 1 }), noCounts());

export const corpusStage = (
  context: StageContext,
  repositories: readonly RepositorySource[],
): Stage<CorpusSummary> => {
  const { options, folder, progress } = context;
  return {
    name: 'corpus',
    options: {
      repositories: repositories.map(({ name, version }) => ({ name, version })),
      seed: options.seed,
    },
    after: [],
    outputs: [folder.path('functions')],
    run: async () => {
      const all: CodeFunction[] = [];
      const filesOf = new Map<string, number>();
      const leftOutByReason = noCounts();
      let callEdges = 0;
      const records = await context.shards(
        'extract',
        repositories.map(({ name, root, version, languages = null }) => ({
          shard: shardName(name),
          inputs: [],
          options: { name, root, version, languages } satisfies ExtractOptions,
        })),
      );
      for (const { outputs, summary } of records) {
        const {
          name,
          files,
          callEdges: edges,
          leftOutByReason: leftOut,
        } = summary as unknown as ExtractSummary;
        for await (const { record } of readParquetParts(
          outputs.map(({ path }) => join(folder.root, path)),
          functionColumns,
        ))
          for (const row of record) all.push(JSON.parse(row!) as CodeFunction);
        filesOf.set(name, files);
        addCounts(leftOutByReason, leftOut);
        callEdges += edges;
      }
      if (all.length === 0) {
        throw new Error(
          `no function found in ${repositories.map(({ root }) => root).join(', ')}: expected source files in ` +
            'JavaScript, TypeScript, Python, Java, C#, C, Ruby, PHP or Go',
        );
      }

      progress.line(`${all.length} functions found; dropping near-duplicates`);
      const droppedByReason = noCounts();
      const documented: CodeFunction[] = [];
      const undocumented: CodeFunction[] = [];
      for (const fn of all) {
        const reason = dropReason(fn);
        if (reason === null) documented.push(fn);
        else {
          addCounts(droppedByReason, { [reason]: 1 });
          if (dropReason(fn, { requireDocstring: false, removeNonProse: false }) === null)
            undocumented.push(fn);
        }
      }
      // Documented functions stand first, so that of two copies the one with words survives.
      const { kept, duplicates } = dropNearDuplicates([...documented, ...undocumented]);
      const isDocumented = new Set(documented.map((fn) => fn.id));
      addCounts(droppedByReason, {
        'near-duplicate': duplicates.filter((duplicate) => isDocumented.has(duplicate.function.id)).length,
      });

      const ownerOf = new Map(repositories.map(({ name, owner }) => [name, owner]));
      const trainable = kept.filter((fn) => isDocumented.has(fn.id));
      if (trainable.length < 3) {
        throw new Error(
          `training needs functions with doc comments, found ${trainable.length} among ${all.length} functions ` +
            `(${Object.entries(droppedByReason)
              .map(([reason, count]) => `${reason}: ${count}`)
              .join(', ')})`,
        );
      }
      const {
        splits,
        unit,
        splitOf: sideOf,
      } = splitByOwner(trainable, (name) => ownerOf.get(name)!, options.seed);
      if (unit === 'file')
        progress.line('fewer than three owners: train, validation and test are split by file');
      const splitOf = new Map(trainable.map((fn, i) => [fn.id, splits[i]!]));
      const stored: StoredFunction[] = kept.map((fn) => ({
        ...fn,
        split: splitOf.get(fn.id) ?? sideOf(fn),
        documented: splitOf.has(fn.id),
      }));
      await writeJsonLines(folder.path('functions'), stored);

      const summaries = repositories.map(({ name, version }): RepositorySummary => {
        const own = trainable.filter((fn) => fn.repository === name);
        return {
          name,
          version: options.repos.length === 0 ? version : '',
          files: filesOf.get(name)!,
          found: all.filter((fn) => fn.repository === name).length,
          documented: own.length,
          splits: tally(own.map((fn) => splitOf.get(fn.id)!)),
          languages: tally(own.map((fn) => fn.language)),
        };
      });
      const bySplit = tally(splits);
      progress.line(
        `${trainable.length} documented functions: ${bySplit.train ?? 0} train, ` +
          `${bySplit.validation ?? 0} validation, ${bySplit.test ?? 0} test`,
      );
      return {
        repositories: summaries,
        found: all.length,
        kept: kept.length,
        documented: trainable.length,
        splitUnit: unit,
        callEdges,
        droppedByReason,
        leftOutByReason,
      };
    },
  };
};
