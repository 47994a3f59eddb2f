import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from './score.js';

/** A question of the benchmark with what it is to find. */
export interface Question {
  readonly repository: string;
  readonly language: string;
  readonly query: string;
  readonly category: string;
  readonly targets: readonly Target[];
}

export interface BenchRepository {
  readonly name: string;
  readonly language: string;
  readonly root: string;
  readonly questions: readonly Question[];
}

type RawTarget = string | Target;

interface RawQuestion {
  readonly query: string;
  readonly category?: string;
  readonly relevant?: readonly RawTarget[];
  readonly secondary?: readonly RawTarget[];
}

interface RepositorySpec {
  readonly name: string;
  readonly language: string;
  readonly benchmark_root?: string | null;
}

interface WholeBenchmark {
  readonly repos: readonly RepositorySpec[];
  readonly annotations: Readonly<Record<string, readonly RawQuestion[]>>;
}

const targetOf = (raw: RawTarget): Target => (typeof raw === 'string' ? { path: raw } : raw);

/** The benchmark's own rule where a question has no category. */
const inferCategory = (query: string): string =>
  !query.trim().includes(' ')
    ? 'symbol'
    : query.toLowerCase().startsWith('how ')
      ? 'architecture'
      : 'semantic';

/**
 * Reads the benchmark from a folder with `repos.json`, `annotations/NAME.json` and `repos/NAME`, the checkouts.
 *
 * @param names Which repositories; all that are there without it.
 * @param file One file that holds both, as `tuning-files.json` does, instead of `repos.json` and `annotations`.
 */
export const readBenchmark = (
  folder: string,
  names?: readonly string[],
  file?: string,
): BenchRepository[] => {
  const read = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;
  const whole = file === undefined ? null : read<WholeBenchmark>(file);
  const specs = whole?.repos ?? read<readonly RepositorySpec[]>(join(folder, 'repos.json'));
  const there = new Set(readdirSync(join(folder, 'repos')));
  return specs.flatMap(({ name, language, benchmark_root: below }) => {
    const root = join(folder, 'repos', name, below ?? '');
    if (!there.has(name) || names?.includes(name) === false || !existsSync(root)) return [];
    const raw =
      whole?.annotations[name] ?? read<readonly RawQuestion[]>(join(folder, 'annotations', `${name}.json`));
    const questions = raw.map(({ query, category, relevant = [], secondary = [] }) => ({
      repository: name,
      language,
      query,
      category: category ?? inferCategory(query),
      targets: [...relevant, ...secondary].map(targetOf),
    }));
    return [{ name, language, root, questions }];
  });
};
