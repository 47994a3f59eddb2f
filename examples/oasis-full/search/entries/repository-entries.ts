import type { AnalysisCache, LeftOut } from 'oasis-embed/corpus';
import type { LanguageId } from 'oasis-embed/syntax';
import { analyzedRepository } from './analyzed-repository.js';
import { filePieces, type ReadFileState } from './file-pieces.js';
import { entriesOf, type SearchEntry } from './search-entry.js';

export interface RepositoryEntries {
  readonly entries: readonly SearchEntry[];
  readonly files: readonly ReadFileState[];
  /** What was left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** Folders that were not looked into, each ending in `/`. */
  readonly skipped: readonly LeftOut[];
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
  const analysis = await analyzedRepository(root, {
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
  });
  const everyLanguage = languages === undefined;
  const { files, leftOut } = await filePieces(root, analysis, { includeTests, maxFileBytes, everyLanguage });
  return {
    entries: entriesOf(repository, analysis.functions, files),
    files: files.map(({ path, bytes, modified }) => ({ path, bytes, modified })),
    leftOut,
    skipped: analysis.leftOut.filter(({ path }) => path.endsWith('/')),
  };
};
