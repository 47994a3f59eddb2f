import { rm } from 'node:fs/promises';
import { type CodeFunction, findNearDuplicates, TextFile } from 'oasis-embed/corpus';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { OwnerSplit, type Split } from '../../corpus/owner-split.js';
import { ownerByName } from '../../corpus/repositories.js';
import type { StoredFunction } from '../../corpus/stored-function.js';
import { shardName } from '../../engine/shard-task.js';
import { optionsKeyedBy } from '../../options/run-options.js';
import { writeJsonLines } from '../../store/json-lines.js';
import { readParquetParts, type Schema } from '../../store/parquet-table.js';
import { writeTexts } from '../../store/write-texts.js';
import { PIECES } from '../shards/extract.js';
import type { Stage } from '../stage.js';
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
  /** Files with syntax errors, read as far as possible, and the functions found that hold one. */
  readonly syntaxErrors?: { readonly files: number; readonly functions: number };
  /** What a search does not find, by reason. */
  readonly leftOutOfSearch: Readonly<Record<string, number>>;
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

const addOne = (into: Record<string, number>, name: string): void => {
  into[name] = (into[name] ?? 0) + 1;
};

const recordColumn = { record: 'text' } as const satisfies Schema;
const placeColumns = { repository: 'text', path: 'text' } as const satisfies Schema;
const dropColumn = { drop: 'text' } as const satisfies Schema;
const DOCUMENTED = '("drop" IS NULL)';
/** Searched, and in the way of nothing else. */
const UNDOCUMENTED = '("drop" IS NOT NULL AND "searchable" = 1)';

/** 1 for each code that near-duplicates none before it. They wait on disk: memory holds numbers alone. */
const keptRows = async (
  codes: AsyncIterable<string>,
  path: string,
  onProgress: (done: number) => void,
): Promise<Uint8Array> => {
  await writeTexts(path, codes);
  const file = TextFile.open(path);
  try {
    const isKept = new Uint8Array(file.length).fill(1);
    for (const { row } of findNearDuplicates(file, { onProgress })) isKept[row] = 0;
    return isKept;
  } finally {
    file.close();
    await rm(path, { force: true });
  }
};

/** @throws RangeError for a name that no repository of the run has. */
const requireNames = (
  flag: string,
  names: readonly string[],
  repositories: readonly RepositorySource[],
): void => {
  const known = repositories.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new RangeError(
      `${flag} must name repositories of the run (${known.join(', ')}), received ${unknown}`,
    );
};

export const corpusStage = (
  context: StageContext,
  repositories: readonly RepositorySource[],
): Stage<CorpusSummary> => {
  const { options, folder, progress } = context;
  return {
    name: 'corpus',
    options: {
      repositories: repositories.map(({ name, version }) => ({ name, version })),
      ...optionsKeyedBy('corpus', options),
    },
    after: [],
    outputs: [folder.path('functions')],
    run: async () => {
      requireNames('--validation-repos', options.validationRepos, repositories);
      requireNames('--test-repos', options.testRepos, repositories);
      const folders = repositories.filter(({ kind }) => kind !== 'functions');
      const functionFiles = repositories.filter(({ kind }) => kind === 'functions');
      const records = [
        ...(await context.shards(
          'extract',
          folders.map(({ name, root, version, languages = null }) => ({
            shard: shardName(name),
            inputs: [],
            options: { name, root, version, languages },
          })),
        )),
        ...(await context.shards(
          'import',
          functionFiles.map(({ name, root, version }) => ({
            shard: shardName(name),
            inputs: [],
            options: { name, path: root, version },
          })),
        )),
      ];
      const extracted = records.map(({ summary }) => summary);
      const found = extracted.reduce((sum, { functions }) => sum + functions, 0);
      const leftOutByReason = noCounts();
      const leftOutOfSearch = noCounts();
      const syntaxErrors = { files: 0, functions: 0 };
      for (const summary of extracted) {
        addCounts(leftOutByReason, summary.leftOutByReason);
        syntaxErrors.files += summary.syntaxErrors?.files ?? 0;
        syntaxErrors.functions += summary.syntaxErrors?.functions ?? 0;
        addCounts(leftOutOfSearch, summary.leftOutOfSearch);
      }
      if (found === 0) {
        throw new Error(
          `no function found in ${repositories.map(({ root }) => root).join(', ')}: expected source files in ` +
            'JavaScript, TypeScript, Python, Java, C#, C, C++, Ruby, PHP, Go, Rust, Kotlin, Swift or Scala',
        );
      }
      const files = records.map(({ outputs }) =>
        outputs.filter(({ path }) => !path.endsWith(`.${PIECES}`)).map(({ path }) => folder.at(path)),
      );
      /** Rows of every repository in turn, so that what is in memory does not grow with their number. */
      async function* rowsWhere<S extends Schema>(where: string, schema: S) {
        for (const [source, paths] of files.entries())
          for await (const part of readParquetParts(paths, schema, { where })) yield { source, part };
      }
      async function* recordsWhere(where: string) {
        for await (const { source, part } of rowsWhere(where, recordColumn))
          for (const record of part.record) yield { source, fn: JSON.parse(record!) as CodeFunction };
      }

      let isKept: Uint8Array | null = null;
      if (options.nearDuplicates === 'drop') {
        progress.line(`${found} functions found; dropping near-duplicates`);
        // Documented functions come first, so that of two copies the documented one survives.
        async function* codes() {
          for (const where of [DOCUMENTED, UNDOCUMENTED])
            for await (const { fn } of recordsWhere(where)) yield fn.code;
        }
        isKept = await keptRows(codes(), folder.path('corpusCodes'), (done) =>
          progress.update(done, found, 'functions compared'),
        );
      } else progress.line(`${found} functions found`);

      const split = new OwnerSplit(ownerByName(repositories), options.seed, {
        validation: options.validationRepos,
        test: options.testRepos,
      });
      const droppedByReason = noCounts();
      let place = 0;
      let documented = 0;
      for await (const { part } of rowsWhere(DOCUMENTED, placeColumns)) {
        for (let i = 0; i < part.repository.length; i++) {
          if (isKept?.[place + i] === 0) continue;
          split.add({ repository: part.repository[i]!, path: part.path[i]! });
          documented++;
        }
        place += part.repository.length;
      }
      for await (const { part } of rowsWhere(`NOT ${DOCUMENTED}`, dropColumn))
        for (const reason of part.drop) addOne(droppedByReason, reason!);
      addCounts(droppedByReason, { 'near-duplicate': place - documented });
      if (documented < 3) {
        throw new Error(
          `training needs functions with doc comments, found ${documented} among ${found} functions ` +
            `(${Object.entries(droppedByReason)
              .map(([reason, count]) => `${reason}: ${count}`)
              .join(', ')})`,
        );
      }
      const { unit, splitOf } = split.settle();
      if (unit === 'file')
        progress.line('too few owners to divide: what no option names is split into sides by file');

      const counts = repositories.map(() => ({ documented: 0, splits: noCounts(), languages: noCounts() }));
      const bySplit = noCounts();
      let kept = 0;
      async function* storedFunctions(): AsyncGenerator<StoredFunction> {
        let row = 0;
        for (const where of [DOCUMENTED, UNDOCUMENTED]) {
          for await (const { source, fn } of recordsWhere(where)) {
            if (isKept?.[row++] === 0) continue;
            const side = splitOf(fn);
            const isDocumented = where === DOCUMENTED;
            kept++;
            if (isDocumented) {
              const own = counts[source]!;
              own.documented++;
              addOne(own.splits, side);
              addOne(own.languages, fn.language);
              addOne(bySplit, side);
            }
            yield { ...fn, split: side, documented: isDocumented };
            if (kept % 1000 === 0) progress.update(kept, found, 'functions stored');
          }
        }
      }
      await writeJsonLines(folder.path('functions'), storedFunctions());

      progress.line(
        `${documented} documented functions: ${bySplit.train ?? 0} train, ` +
          `${bySplit.validation ?? 0} validation, ${bySplit.test ?? 0} test`,
      );
      return {
        repositories: repositories.map(
          ({ name, version }, i): RepositorySummary => ({
            name,
            version: options.repos.length + options.functions.length === 0 ? version : '',
            files: extracted[i]!.files,
            found: extracted[i]!.functions,
            ...counts[i]!,
          }),
        ),
        found,
        kept,
        documented,
        splitUnit: unit,
        callEdges: extracted.reduce((sum, { callEdges }) => sum + callEdges, 0),
        droppedByReason,
        leftOutByReason,
        syntaxErrors,
        leftOutOfSearch,
      };
    },
  };
};
