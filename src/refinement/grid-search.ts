import { readFile } from 'node:fs/promises';
import writeFileAtomic from 'write-file-atomic';
import { checkOptions, type OptionNames } from '../numerics/index.js';

/** Options of {@link gridSearch}. */
export interface GridSearchOptions {
  /** Keeps finished scores in this file, so that an interrupted search resumes where it left off. */
  readonly file?: string;
  /** Says what was evaluated (data, seed, version); a file with another fingerprint is refused. @defaultValue '' */
  readonly fingerprint?: string;
  /** Called after each point, those read from the file included. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** A point of a grid and its score; larger is better. */
export interface GridScore<T> {
  readonly point: T;
  readonly score: number;
}

/** The best point and every score, in the order of the grid. */
export interface GridResult<T> {
  readonly best: T;
  readonly bestScore: number;
  readonly scores: readonly GridScore<T>[];
}

/** A point of a grid: anything that JSON tells apart. */
export type GridPoint = number | string | Readonly<Record<string, number | string | boolean | null>>;

const GRID_SEARCH_OPTIONS: OptionNames<GridSearchOptions> = {
  file: true,
  fingerprint: true,
  onProgress: true,
  signal: true,
};

/**
 * Evaluates every point of a grid, one after the other, and returns the one with the largest score; ties go to
 * the earlier point.
 *
 * With `file`, each score is stored as soon as it is known and never computed again.
 *
 * @param points Numbers, strings or flat records; at least one, all different.
 * @param evaluate The score of a point, such as validation MRR after a short training; it must be finite.
 * @throws RangeError for an empty grid, a repeated point or a score that is not finite; Error when `file` holds
 * another search.
 *
 * @example
 * ```ts
 * import { gridSearch } from 'oasis-embed/refinement';
 * const { best } = await gridSearch([{ k: 4 }, { k: 8 }, { k: 16 }], async ({ k }) => -Math.abs(k - 7));
 * console.log(best); // { k: 8 }
 * ```
 */
export const gridSearch = async <T extends GridPoint>(
  points: readonly T[],
  evaluate: (point: T, signal?: AbortSignal) => Promise<number>,
  options: GridSearchOptions = {},
): Promise<GridResult<T>> => {
  checkOptions('gridSearch', options, GRID_SEARCH_OPTIONS);
  const { file, fingerprint = '', onProgress, signal } = options;
  if (points.length === 0) throw new RangeError('points must hold at least one point, received none');
  const keys = points.map(keyOf);
  const repeated = keys.find((key, i) => keys.indexOf(key) !== i);
  if (repeated !== undefined) throw new RangeError(`points must all differ, received ${repeated} twice`);
  const known = file === undefined ? new Map<string, number>() : await readScores(file, fingerprint);
  const scores: GridScore<T>[] = [];
  for (const [i, point] of points.entries()) {
    signal?.throwIfAborted();
    const key = keys[i]!;
    let score = known.get(key);
    if (score === undefined) {
      score = await evaluate(point, signal);
      if (!Number.isFinite(score))
        throw new RangeError(`the score of ${key} must be finite, received ${score}`);
      known.set(key, score);
      if (file !== undefined) {
        const text = JSON.stringify({ fingerprint, scores: Object.fromEntries(known) }, null, 2);
        await writeFileAtomic(file, `${text}\n`);
      }
    }
    scores.push({ point, score });
    onProgress?.(i + 1, points.length);
  }
  const best = scores.reduce((winner, next) => (next.score > winner.score ? next : winner));
  return { best: best.point, bestScore: best.score, scores };
};

/** Options of {@link tuneDeltaS}: those of {@link gridSearch}. */
export type TuneDeltaSOptions = GridSearchOptions;

const TUNE_DELTA_S_OPTIONS: OptionNames<TuneDeltaSOptions> = {
  file: true,
  fingerprint: true,
  onProgress: true,
  signal: true,
};

/**
 * Chooses Δs by grid search: the candidate with the largest score, the smallest one among equals.
 *
 * @param candidates Values of Δs in (0, 1).
 * @param evaluate The score after refining with a Δs, such as validation MRR.
 * @throws RangeError when a candidate is outside (0, 1).
 *
 * @example
 * ```ts
 * import { tuneDeltaS } from 'oasis-embed/refinement';
 * const { best } = await tuneDeltaS([0.02, 0.05, 0.1], async (deltaS) => 1 - (deltaS - 0.06) ** 2);
 * console.log(best); // 0.05
 * ```
 *
 * @see OASIS (arXiv 2503.08161), which chooses Δs by grid search and does not print the grid.
 */
export const tuneDeltaS = (
  candidates: readonly number[],
  evaluate: (deltaS: number, signal?: AbortSignal) => Promise<number>,
  options: TuneDeltaSOptions = {},
): Promise<GridResult<number>> => {
  checkOptions('tuneDeltaS', options, TUNE_DELTA_S_OPTIONS);
  for (const deltaS of candidates) {
    if (!(deltaS > 0 && deltaS < 1)) {
      return Promise.reject(
        new RangeError(`every candidate of deltaS must be in (0, 1), received ${deltaS}`),
      );
    }
  }
  return gridSearch(
    [...candidates].sort((a, b) => a - b),
    evaluate,
    options,
  );
};

const keyOf = (point: GridPoint): string =>
  typeof point === 'object'
    ? JSON.stringify(Object.fromEntries(Object.entries(point).sort(([a], [b]) => (a < b ? -1 : 1))))
    : JSON.stringify(point);

const readScores = async (file: string, fingerprint: string): Promise<Map<string, number>> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return new Map();
    throw error;
  }
  const stored: unknown = JSON.parse(text);
  if (typeof stored !== 'object' || stored === null || !('scores' in stored) || !('fingerprint' in stored)) {
    throw new Error(`${file} does not hold a grid search: remove it or name another file`);
  }
  if (stored.fingerprint !== fingerprint) {
    throw new Error(`${file} holds another search (${stored.fingerprint}): remove it or name another file`);
  }
  return new Map(Object.entries(stored.scores as Record<string, number>));
};
