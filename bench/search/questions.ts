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
 */
export const readBenchmark = (folder: string, names?: readonly string[]): BenchRepository[] => {
  const specs = JSON.parse(readFileSync(join(folder, 'repos.json'), 'utf8')) as readonly {
    readonly name: string;
    readonly language: string;
    readonly benchmark_root?: string | null;
  }[];
  const there = new Set(readdirSync(join(folder, 'repos')));
  return specs.flatMap(({ name, language, benchmark_root: below }) => {
    const root = join(folder, 'repos', name, below ?? '');
    if (!there.has(name) || names?.includes(name) === false || !existsSync(root)) return [];
    const raw = JSON.parse(
      readFileSync(join(folder, 'annotations', `${name}.json`), 'utf8'),
    ) as readonly RawQuestion[];
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
