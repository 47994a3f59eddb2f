import { LANGUAGES, type LanguageDefinition } from '../syntax/index.js';
import type { AnalysisSettings } from './analysis-options.js';
import { describeFunctions, type FunctionDraft } from './describe-functions.js';
import type { FileFacts } from './extraction/file-facts.js';
import { countBy } from './filters/count-by.js';
import { headerLicense } from './licenses/read-licenses.js';
import type { OpenedRepository } from './open-repository.js';
import { readFiles } from './read-files.js';
import type { RepositorySummary } from './repository-analysis.js';
import type { LeftOut } from './sources/left-out.js';
import type { ListedFile } from './sources/list-files.js';
import type { SourceEncoding } from './sources/read-source.js';

/** A file with all that is in it, its functions without their calls. */
export interface DescribedFile extends ListedFile {
  readonly license: string | null;
  readonly definition: LanguageDefinition;
  readonly facts: FileFacts;
  readonly functions: readonly FunctionDraft[];
  /** Commits to all that was read of the file; null without a cache. */
  readonly key: string | null;
}

/** What is known of a repository once its files are read: all but what its functions are and what `filters` drop. */
export type ReadingSummary = Omit<RepositorySummary, 'droppedByReason'>;

/** The files of a repository in their order; returns what was counted on the way. */
export async function* describeFiles(
  { repository, source, list, files, missing, licenses }: OpenedRepository,
  settings: AnalysisSettings,
): AsyncGenerator<DescribedFile, ReadingSummary> {
  const { languages, signal, onProgress } = settings;
  const leftOut: LeftOut[] = [...list.leftOut];
  const filesWithErrors: string[] = [];
  const encodings: Partial<Record<SourceEncoding, number>> = {};
  let functionsWithErrors = 0;
  let read = 0;
  let bytes = 0;
  let done = 0;
  for await (const { listed, file, size, key } of readFiles(source, files, settings)) {
    signal?.throwIfAborted();
    const { path, language } = listed;
    if (typeof file === 'string') leftOut.push({ path, reason: file });
    else if (languages?.includes(language) !== false) {
      const { facts, encoding } = file.reading;
      read++;
      bytes += size;
      encodings[encoding] = (encodings[encoding] ?? 0) + 1;
      if (facts.errors > 0) filesWithErrors.push(path);
      const license = headerLicense(file.text) ?? licenses.of(path);
      const functions = describeFunctions(repository, { ...listed, license }, file.reading, file.text);
      for (const { hasSyntaxError } of functions) if (hasSyntaxError) functionsWithErrors++;
      yield { path, language, license, definition: LANGUAGES[language], facts, functions, key };
    }
    done++;
    onProgress?.({ repository, done, total: files.length, path });
  }
  leftOut.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return {
    repository,
    commit: source.commit,
    license: licenses.of(''),
    leftOut,
    leftOutByReason: countBy(leftOut.map(({ reason }) => reason)),
    files: read,
    otherFiles: list.others,
    bytes,
    filesByEncoding: encodings,
    filesWithErrors,
    functionsWithErrors,
    unreadLanguages: [
      ...missing,
      ...[...list.unread].map(([language, count]) => ({ language, files: count, package: null })),
    ].sort((a, b) => b.files - a.files || (a.language < b.language ? -1 : 1)),
  };
}
