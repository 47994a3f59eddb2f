import type { CodeFunction } from 'oasis-embed/corpus';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { shardName } from '../../engine/shard-task.js';
import { loadTextModel } from '../../models/text-model.js';
import { engineOf } from '../../options/model-engine.js';
import { describeLeftOut } from '../../search/describe-left-out.js';
import type { FilePieces, ReadFileState } from '../../search/entries/file-pieces.js';
import { entriesOf, functionEntry, type SearchEntry } from '../../search/entries/search-entry.js';
import { modelFingerprint } from '../../search/index-format.js';
import { INDEX_FILES } from '../../search/index-reader.js';
import { writeIndex } from '../../search/write-index.js';
import { readParquetParts, type Schema } from '../../store/parquet-table.js';
import { files, type RunFolder } from '../../store/run-folder.js';
import { PIECES, pieceColumns } from '../shards/extract.js';
import type { Stage, StageRecord } from '../stage.js';
import type { StageContext } from './context.js';
import type { CorpusSummary } from './corpus.js';
import type { FinalFitSummary } from './final-fit.js';

/** What can be searched. */
export interface IndexSummary {
  /** Entries of any kind, and how many of them are functions. */
  readonly entries: number;
  readonly functions: number;
  readonly dimensions: number;
  /** What was left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const recordColumn = { record: 'text' } as const satisfies Schema;

/** The files that the corpus stage left of one repository, or of one file of functions. */
const leftOf = (folder: RunFolder, corpus: StageRecord, { name, kind }: RepositorySource) => {
  const shard = `shards/${kind === 'functions' ? 'import' : 'extract'}/${shardName(name)}.`;
  const paths = corpus.files.map(({ path }) => path).filter((path) => path.startsWith(shard));
  const isPieces = (path: string) => path.endsWith(`.${PIECES}`);
  return {
    functions: paths
      .filter((path) => path.endsWith('.parquet') && !isPieces(path))
      .map((path) => folder.at(path)),
    pieces: paths.filter(isPieces).map((path) => folder.at(path)),
  };
};

const readFunctions = async (paths: readonly string[]): Promise<CodeFunction[]> => {
  const functions: CodeFunction[] = [];
  for await (const { record } of readParquetParts(paths, recordColumn))
    for (const json of record) functions.push(JSON.parse(json!));
  return functions;
};

const readPieces = async (paths: readonly string[]): Promise<FilePieces[]> => {
  const files: FilePieces[] = [];
  for await (const { file } of readParquetParts(paths, pieceColumns))
    for (const json of file) files.push(JSON.parse(json!));
  return files;
};

/** The functions of a file of functions, those of one source file one after another. */
const importedEntries = (functions: readonly CodeFunction[]): SearchEntry[] => {
  const files = new Map<string, SearchEntry[]>();
  for (const fn of functions) {
    const key = `${fn.repository}\0${fn.path}`;
    const known = files.get(key);
    if (known === undefined) files.set(key, [functionEntry(fn)]);
    else known.push(functionEntry(fn));
  }
  return [...files.values()].flat();
};

/**
 * An index of everything in the repositories, not only of what was trained on: filters and the removal of near-duplicates
 * are for training. The corpus stage has parsed every file; none is read again.
 */
export const indexStage = (
  context: StageContext,
  repositories: readonly RepositorySource[],
  corpus: StageRecord<CorpusSummary>,
  training: StageRecord,
  finalFit: StageRecord<FinalFitSummary> | null,
): Stage<IndexSummary> => {
  const { folder, progress, options } = context;
  const isFinal = finalFit !== null && finalFit.summary.epochs > 0;
  const modelFolder = folder.path(isFinal ? 'finalModel' : 'model');
  return {
    name: 'index',
    options: { roots: repositories.map(({ root }) => root), version: 4 },
    after: [corpus, training, ...(finalFit === null ? [] : [finalFit])],
    outputs: INDEX_FILES.map((file) => folder.path(file)),
    run: async () => {
      const entries: SearchEntry[] = [];
      const read = new Map<string, readonly ReadFileState[]>();
      for (const repository of repositories) {
        const { name, kind } = repository;
        const left = leftOf(folder, corpus, repository);
        const functions = await readFunctions(left.functions);
        if (kind === 'functions') for (const entry of importedEntries(functions)) entries.push(entry);
        else {
          const pieces = await readPieces(left.pieces);
          for (const entry of entriesOf(name, functions, pieces)) entries.push(entry);
          read.set(
            name,
            pieces.map(({ path, bytes, modified }) => ({ path, bytes, modified })),
          );
        }
      }
      const leftOut = corpus.summary.leftOutOfSearch;
      const model = await loadTextModel(modelFolder, { engine: engineOf(options.models) });
      try {
        const { functions, roles, dimensions } = await writeIndex(folder, entries, {
          model: {
            model,
            fingerprint: modelFingerprint(modelFolder),
            // Relative, so that a run can be moved.
            folder: isFinal ? files.finalModel : null,
          },
          roots: new Map(repositories.map(({ name, root }) => [name, root])),
          files: read,
          leftOut,
          onProgress: (done, total) => progress.update(done, total, 'entries encoded'),
        });
        progress.line(`${functions} entries can be searched, ${roles.function ?? 0} of them functions`);
        if (Object.keys(leftOut).length > 0)
          progress.line(`left out of the search: ${describeLeftOut(leftOut)}`);
        return { entries: functions, functions: roles.function ?? 0, dimensions, leftOut };
      } finally {
        await model.close();
      }
    },
  };
};
