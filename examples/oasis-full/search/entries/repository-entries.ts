import type { AnalysisCache, CodeFunction } from 'oasis-embed/corpus';
import type { LanguageId } from 'oasis-embed/syntax';
import { analyzedFiles } from './analyzed-files.js';
import { type FilePieces, PieceReader, type ReadFileState } from './file-pieces.js';
import { fileEntries, type SearchEntry } from './search-entry.js';

export interface RepositoryEntries {
  readonly entries: readonly SearchEntry[];
  readonly files: readonly ReadFileState[];
  /** What was left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
}

export interface RepositoryEntriesOptions {
  readonly repository: string;
  readonly includeTests: boolean;
  /** Patterns as in .gitignore. */
  readonly exclude?: readonly string[];
  readonly include?: readonly string[];
  readonly languages?: readonly LanguageId[];
  readonly maxFileBytes: number;
  /** Threads that parse. @defaultValue 0 */
  readonly workers?: number;
  readonly cache?: AnalysisCache;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Everything in a repository that a search may find: every function, and what stands outside of functions as types,
 * constants and parts of files. What training leaves out is in: short functions, undocumented ones, constructors.
 */
export const repositoryEntries = async (
  root: string,
  {
    repository,
    includeTests,
    exclude = [],
    include,
    languages,
    maxFileBytes,
    workers = 0,
    cache,
    onProgress,
  }: RepositoryEntriesOptions,
): Promise<RepositoryEntries> => {
  const entries: SearchEntry[] = [];
  const files: ReadFileState[] = [];
  const reader = new PieceReader(root, {
    includeTests,
    maxFileBytes,
    everyLanguage: languages === undefined,
  });
  const add = (functions: readonly CodeFunction[], file: FilePieces): void => {
    for (const entry of fileEntries(repository, functions, file)) entries.push(entry);
    const { path, bytes, modified } = file;
    files.push({ path, bytes, modified });
  };
  let others: readonly string[] = [];
  for await (const file of analyzedFiles(root, {
    repository,
    workers,
    maxFileBytes,
    // A search does not ask who calls whom.
    resolveCalls: false,
    exclude,
    ...(include === undefined ? {} : { include }),
    ...(languages === undefined ? {} : { languages }),
    ...(onProgress === undefined ? {} : { onProgress: ({ done, total }) => onProgress(done, total) }),
    ...(cache === undefined ? {} : { cache }),
    onSummary: ({ otherFiles, leftOutByReason }) => {
      others = otherFiles;
      for (const [reason, count] of Object.entries(leftOutByReason)) reader.count(reason, count);
    },
  })) {
    const pieces = await reader.of(file);
    if (pieces !== null) add(file.functions, pieces);
  }
  for await (const file of reader.others(others)) add([], file);
  return { entries, files, leftOut: reader.leftOut };
};
