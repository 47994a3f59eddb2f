import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnalysisCache } from 'oasis-embed/corpus';
import type { ReadFileState } from './entries/file-pieces.js';
import { repositoryEntries } from './entries/repository-entries.js';
import type { SearchEntry } from './entries/search-entry.js';
import type { SourceFolder } from './source-folders.js';

/** A pattern file for this tool alone, beside .gitignore. */
const IGNORE_FILE = '.oasisignore';

const ignorePatterns = (root: string): string[] => {
  const path = join(root, IGNORE_FILE);
  return existsSync(path) ? readFileSync(path, 'utf8').split(/\r?\n/) : [];
};

/** Files that .gitattributes calls vendored or generated. */
const attributePatterns = (root: string): string[] => {
  const path = join(root, '.gitattributes');
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => {
      const [pattern, ...attributes] = line.trim().split(/\s+/);
      const isOthers = attributes.some((attribute) =>
        /^linguist-(?:vendored|generated)(?:=true)?$/.test(attribute),
      );
      return pattern !== undefined && isOthers ? [pattern] : [];
    });
};

export interface ReadFoldersOptions {
  readonly includeTests: boolean;
  readonly exclude: readonly string[];
  readonly maxFileBytes: number;
  /** Threads that parse. */
  readonly workers: number;
  readonly cache: AnalysisCache;
  readonly onProgress?: (done: number, total: number, what: string) => void;
}

/** What there is to find in some folders. */
export interface ReadFolders {
  readonly entries: readonly SearchEntry[];
  /** The files of each folder, by its name. */
  readonly files: ReadonlyMap<string, readonly ReadFileState[]>;
  readonly leftOut: Readonly<Record<string, number>>;
  /** Of each folder those below it that were not looked into. */
  readonly skipped: readonly (readonly string[])[];
}

/** Reads folders one after another. */
export const readFolders = async (
  folders: readonly SourceFolder[],
  { includeTests, exclude, maxFileBytes, workers, cache, onProgress }: ReadFoldersOptions,
): Promise<ReadFolders> => {
  const entries: SearchEntry[] = [];
  const files = new Map<string, readonly ReadFileState[]>();
  const leftOut: Record<string, number> = {};
  const skipped: (readonly string[])[] = [];
  for (const { name, root, only } of folders) {
    const read = await repositoryEntries(root, {
      repository: name,
      includeTests: includeTests || only !== undefined,
      exclude: [
        ...exclude,
        ...ignorePatterns(root),
        ...attributePatterns(root),
        // One file is asked for: what lies below its folder need not be walked through.
        ...(only === undefined ? [] : ['/*/']),
      ],
      ...(only === undefined ? {} : { include: [`/${escapePattern(only)}`] }),
      maxFileBytes,
      workers,
      cache,
      onProgress: (done, total) => onProgress?.(done, total, name),
    });
    for (const entry of read.entries) entries.push(entry);
    files.set(name, read.files);
    skipped.push(read.skipped.map(({ path }) => path));
    for (const [reason, count] of Object.entries(read.leftOut)) {
      // The folders beside a file that is asked for are nothing that is missed.
      const beside = only === undefined ? 0 : read.skipped.filter((left) => left.reason === reason).length;
      if (count > beside) leftOut[reason] = (leftOut[reason] ?? 0) + count - beside;
    }
  }
  return { entries, files, leftOut, skipped };
};

/** A file's name as a pattern of .gitignore that means it alone. */
const escapePattern = (name: string): string => name.replace(/[\\*?[\]]|\s$/g, '\\$&');
