import type { CallTier, CodeFunction } from './extraction/code-function.js';
import type { DropReason } from './filters/filter-functions.js';
import type { LeftOut, LeftOutReason } from './sources/left-out.js';
import type { SourceEncoding } from './sources/read-source.js';
import type { UnreadLanguage } from './sources/unread-languages.js';

export interface AnalysisProgress {
  readonly repository: string;
  /** Files read so far, and files to read in all. */
  readonly done: number;
  readonly total: number;
  readonly path: string;
}

/** A resolved call between two functions of the repository, by their ids. */
export interface CallEdge {
  readonly caller: string;
  readonly callee: string;
  readonly tier: CallTier;
  /** In (0, 1]. */
  readonly confidence: number;
}

/** What was counted and left out while a repository was read. */
export interface RepositorySummary {
  readonly repository: string;
  /** The commit that was read, or null for files as they stand. */
  readonly commit: string | null;
  /** The SPDX expression that its manifest or license file at the root says, or null. */
  readonly license: string | null;
  readonly leftOut: readonly LeftOut[];
  readonly leftOutByReason: Readonly<Partial<Record<LeftOutReason, number>>>;
  /** Functions left out by `filters`, by the first reason that applied. */
  readonly droppedByReason: Readonly<Partial<Record<DropReason, number>>>;
  readonly files: number;
  /** Files in no language that is read, neither ignored nor excluded, by path. */
  readonly otherFiles: readonly string[];
  readonly bytes: number;
  /** Files read, by how their bytes were decoded. */
  readonly filesByEncoding: Readonly<Partial<Record<SourceEncoding, number>>>;
  /** Files with syntax errors; what could be read of them is among the functions. */
  readonly filesWithErrors: readonly string[];
  /** Functions found whose text holds a syntax error: see {@link CodeFunction.hasSyntaxError}. */
  readonly functionsWithErrors: number;
  /** Programming languages of the repository that were not read, most files first. */
  readonly unreadLanguages: readonly UnreadLanguage[];
}

/** A repository as a whole: its functions and the calls between them. */
export interface RepositoryAnalysis extends RepositorySummary {
  /** By path, then by place in the file. */
  readonly functions: readonly CodeFunction[];
  /** One per caller and callee, calls to itself included, over all functions found, filtered ones too. */
  readonly calls: readonly CallEdge[];
  /** Of the files read, by path. */
  readonly paths: readonly string[];
}
