import { type CodeFunction, dropReason } from 'oasis-embed/corpus';
import { languageName } from 'oasis-embed/report';
import type { LanguageId } from 'oasis-embed/syntax';
import type { ShardFunction } from '../../engine/shard-function.js';
import { analyzedRepository } from '../../search/entries/analyzed-repository.js';
import { filePieces } from '../../search/entries/file-pieces.js';
import { type Schema, writeParquet } from '../../store/parquet-table.js';

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
  const analysis = await analyzedRepository(root, {
    repository: name,
    maxFileBytes: MAX_FILE_BYTES,
    ...(languages === null ? {} : { languages }),
    onProgress: ({ done, total }) => progress(done, total, name),
  });
  const {
    functions,
    files,
    calls,
    leftOut,
    leftOutByReason,
    filesWithErrors,
    functionsWithErrors,
    unreadLanguages,
  } = analysis;
  await writeParquet(output('parquet'), functionColumns, toFunctionColumns(functions));
  const searched = await filePieces(root, analysis, {
    includeTests: false,
    maxFileBytes: MAX_FILE_BYTES,
    everyLanguage: languages === null,
  });
  await writeParquet(output(PIECES), pieceColumns, {
    file: searched.files.map((file) => JSON.stringify(file)),
  });
  if (functions.length === 0) line(`${name}: no function found`);
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
    functions: functions.length,
    callEdges: calls.length,
    leftOutByReason: { ...leftOutByReason } as Record<string, number>,
    syntaxErrors: { files: filesWithErrors.length, functions: functionsWithErrors },
    leftOutOfSearch: searched.leftOut,
  };
  return { rows: functions.length, summary };
};
