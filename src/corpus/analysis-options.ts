import { checkOptions, checkWholeNumber, type OptionNames } from '../numerics/index.js';
import type { LanguageId } from '../syntax/index.js';
import type { AnalysisCache } from './extraction/analysis-cache.js';
import type { Granularity } from './extraction/granularity.js';
import type { FunctionFilterOptions } from './filters/filter-options.js';
import type { FilterPreset } from './filters/filter-presets.js';
import type { AnalysisProgress } from './repository-analysis.js';

/** Options of {@link analyzeRepository}. */
export interface AnalyzeRepositoryOptions {
  /**
   * The repository's name in ids and results.
   *
   * @defaultValue the root's base name
   */
  readonly repository?: string;
  /**
   * What one entry of `functions` is: a function, a class with its members, a whole file, or at `module` each
   * function, class, type, documented constant and file's own code by itself. Calls are lifted to the entries that
   * hold them, those at the top of a class or file included.
   *
   * @defaultValue 'function'
   */
  readonly granularity?: Granularity;
  /**
   * A branch, tag or commit of the repository that is read instead of its checkout, with any of `~n`, `^n`
   * behind it. Needs the package `isomorphic-git`, not Git.
   *
   * @defaultValue the files as they stand; HEAD for a bare repository
   */
  readonly revision?: string;
  /**
   * Worker threads that parse, at most; the result is the same with any number. 0 parses in this thread.
   *
   * @defaultValue 0
   */
  readonly workers?: number;
  /**
   * The languages that are read.
   *
   * @defaultValue all
   */
  readonly languages?: readonly LanguageId[];
  /** Patterns as in .gitignore; where given, only files that match one are read. */
  readonly include?: readonly string[];
  /** Patterns as in .gitignore of files and folders to leave out. */
  readonly exclude?: readonly string[];
  /**
   * Whether the repository's .gitignore files are obeyed.
   *
   * @defaultValue true
   */
  readonly gitignore?: boolean;
  /**
   * Larger files are left out without being opened.
   *
   * @defaultValue 1048576
   */
  readonly maxFileBytes?: number;
  /**
   * Whether files that look generated or minified, and copies in another module format, are read all the same.
   *
   * @defaultValue false
   */
  readonly keepGenerated?: boolean;
  /**
   * Whether calls are resolved; without, `calls`, `callers` and `callees` stay empty.
   *
   * @defaultValue true
   */
  readonly resolveCalls?: boolean;
  /** Spares parsing files that earlier analyses have read: see {@link createAnalysisCache}. */
  readonly cache?: AnalysisCache;
  /** Which functions to keep: see {@link filterFunctions}. Without it all are kept. */
  readonly filters?: FunctionFilterOptions | FilterPreset;
  /** Called after each file. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  readonly signal?: AbortSignal;
}

export const ANALYZE_REPOSITORY_OPTIONS: OptionNames<AnalyzeRepositoryOptions> = {
  repository: true,
  granularity: true,
  revision: true,
  workers: true,
  languages: true,
  include: true,
  exclude: true,
  gitignore: true,
  maxFileBytes: true,
  keepGenerated: true,
  resolveCalls: true,
  cache: true,
  filters: true,
  onProgress: true,
  signal: true,
};

/** The options with their defaults. */
export type AnalysisSettings = AnalyzeRepositoryOptions &
  Required<
    Pick<
      AnalyzeRepositoryOptions,
      'granularity' | 'workers' | 'gitignore' | 'maxFileBytes' | 'keepGenerated' | 'resolveCalls'
    >
  >;

/** @throws If an option is unknown or out of range. */
export const analysisSettings = (options: AnalyzeRepositoryOptions): AnalysisSettings => {
  checkOptions('analyzeRepository', options, ANALYZE_REPOSITORY_OPTIONS);
  const { granularity = 'function', workers = 0, gitignore = true } = options;
  const { maxFileBytes = 1 << 20, keepGenerated = false, resolveCalls = true } = options;
  if (!(maxFileBytes > 0)) throw new RangeError(`maxFileBytes must be positive, received ${maxFileBytes}`);
  checkWholeNumber('workers', workers, 0);
  if (!['function', 'class', 'file', 'module'].includes(granularity))
    throw new RangeError(`granularity must be function, class, file or module, received ${granularity}`);
  return { ...options, granularity, workers, gitignore, maxFileBytes, keepGenerated, resolveCalls };
};
