import { type CodeFunction, dropReason, type RepositorySummary } from 'oasis-embed/corpus';
import { languageName } from 'oasis-embed/report';
import type { LanguageId } from 'oasis-embed/syntax';
import type { ShardFunction } from '../../engine/shard-function.js';
import { analyzedFiles } from '../../search/entries/analyzed-files.js';
import { type FilePieces, PieceReader } from '../../search/entries/file-pieces.js';
import { type Schema, writeParquet } from '../../store/parquet-table.js';
import { PartWriter } from './part-writer.js';

/** A repository as a worker finds it: the folder must lie at the same place on every machine. */
export interface ExtractOptions {
  readonly name: string;
  readonly root: string;
  readonly version: string;
  readonly languages: readonly LanguageId[] | null;
}

export interface ExtractSummary {
  readonly name: string;
  readonly files: number;
  readonly functions: number;
  readonly callEdges: number;
  readonly leftOutByReason: Readonly<Record<string, number>>;
  /** Files with syntax errors, read as far as possible, and the functions found that hold one. */
  readonly syntaxErrors?: { readonly files: number; readonly functions: number };
  /** What a search does not find, by reason: the same, and tests. */
  readonly leftOutOfSearch: Readonly<Record<string, number>>;
}

/** Columns to select by, and the whole function as JSON. */
export const functionColumns = {
  id: 'text',
  repository: 'text',
  path: 'text',
  language: 'text',
  /** Why it is not trained on; null where its doc and code pass the filters. */
  drop: 'text',
  /** 1 where the code alone passes them: it can be searched. */
  searchable: 'uint8',
  record: 'text',
} as const satisfies Schema;

/** What a repository's files hold beside functions, which is searched and not trained on: a file a row, as JSON. */
export const pieceColumns = { file: 'text' } as const satisfies Schema;

/** The output that holds them. */
export const PIECES = 'pieces.parquet';

/** Larger files are data. */
const MAX_FILE_BYTES = 1 << 20;

/** The columns of functions, in their order. */
export const toFunctionColumns = (functions: readonly CodeFunction[]) => {
  const drop = functions.map((fn) => dropReason(fn));
  const isSearchable = (fn: CodeFunction) =>
    dropReason(fn, { requireDocstring: false, removeNonProse: false }) === null;
  return {
    id: functions.map((fn) => fn.id),
    repository: functions.map((fn) => fn.repository),
    path: functions.map((fn) => fn.path),
    language: functions.map((fn) => fn.language),
    drop,
    searchable: functions.map((fn, i) => (drop[i] === null || isSearchable(fn) ? 1 : 0)),
    record: functions.map((fn) => JSON.stringify(fn)),
  };
};

export interface ExtractKind {
  readonly options: ExtractOptions;
  readonly how: null;
  readonly summary: ExtractSummary;
}

/** One repository in; out come its functions, and what is searched beside them, so that nobody has to parse it again. */
export const extractShard: ShardFunction<ExtractKind> = async ({ task, output, progress, line }) => {
  const { name, root, languages } = task.options;
  const pieces = new PieceReader(root, {
    includeTests: false,
    maxFileBytes: MAX_FILE_BYTES,
    everyLanguage: languages === null,
  });
  const functionParts = new PartWriter<CodeFunction>(
    'parquet',
    ({ source }) => source.length,
    (part, rows) => writeParquet(output(part), functionColumns, toFunctionColumns(rows)),
  );
  const pieceParts = new PartWriter<FilePieces>(
    PIECES,
    ({ bytes }) => bytes,
    (part, rows) =>
      writeParquet(output(part), pieceColumns, { file: rows.map((file) => JSON.stringify(file)) }),
  );
  const summaries: RepositorySummary[] = [];
  let callEdges = 0;
  for await (const file of analyzedFiles(root, {
    repository: name,
    maxFileBytes: MAX_FILE_BYTES,
    ...(languages === null ? {} : { languages }),
    onProgress: ({ done, total }) => progress(done, total, name),
    onSummary: (one) => summaries.push(one),
  })) {
    callEdges += file.callEdges;
    for (const found of file.functions) await functionParts.add(found);
    const searched = await pieces.of(file);
    if (searched !== null) await pieceParts.add(searched);
  }
  const {
    files,
    otherFiles,
    leftOut,
    leftOutByReason,
    filesWithErrors,
    functionsWithErrors,
    unreadLanguages,
  } = summaries[0]!;
  for await (const file of pieces.others(otherFiles)) await pieceParts.add(file);
  for (const [reason, count] of Object.entries(leftOutByReason)) pieces.count(reason, count);
  await pieceParts.finish();
  const functions = await functionParts.finish();
  if (functions === 0) line(`${name}: no function found`);
  for (const { path, reason } of leftOut)
    if (reason === 'unreadable' || reason === 'too-large') line(`${name}/${path}: skipped, ${reason}`);
  if (filesWithErrors.length > 0)
    line(
      `${name}: ${filesWithErrors.length} files with syntax errors, parsed as far as possible; ${functionsWithErrors} functions hold one`,
    );
  for (const { language, files: count, package: grammar } of unreadLanguages) {
    const how = grammar === null ? '' : `; npm install ${grammar} reads them`;
    line(`${name}: ${count} ${languageName(language)} ${count === 1 ? 'file' : 'files'} not read${how}`);
  }
  const summary: ExtractSummary = {
    name,
    files,
    functions,
    callEdges,
    leftOutByReason: { ...leftOutByReason } as Record<string, number>,
    syntaxErrors: { files: filesWithErrors.length, functions: functionsWithErrors },
    leftOutOfSearch: pieces.leftOut,
  };
  return { rows: functions, summary };
};
