/**
 * NDCG@10 of `oasis-full search` on the benchmark of semble, by its own scoring.
 *
 *   npx tsx bench/search/run.ts FOLDER [MODEL] [--by file|entry] [--repos a,b,…] [--published FILE]
 *     [--json FILE] [--indexes FOLDER] [--questions FILE]
 *
 * FOLDER holds `repos.json` and `annotations/`, as in that project's `benchmarks/`, and in `repos/NAME` each repository at the
 * revision that repos.json names. MODEL is a model's folder; without it words decide alone. FILE of `--published` is one of that
 * project's `benchmarks/results`. Repositories that are not there are left out. `--json` keeps the value of each question,
 * `--indexes` the indexes, so that vectors are made once. `--questions tuning-files.json` takes 151 questions of the same kind
 * about eight other repositories, written by a language model that knows them, by which
 * signals were chosen too.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Bm25Index } from 'oasis-embed/benchmarks';
import { bootstrapInterval } from 'oasis-embed/metrics';
import { codeTerms, type SearchUnit } from 'oasis-embed/retrieval';
import { indexFolders } from '../../examples/oasis-full/search/index-folders.js';
import { openSearchIndex } from '../../examples/oasis-full/search/search-index.js';
import { readBenchmark } from './questions.js';
import { ndcg, type Place } from './score.js';

/** The ranking was tuned on these; all others of a row were not looked at. */
const TUNED = 'requests httpx click express redux cobra chi monolog rack trpc dapper'.split(' ');

/** What each system reached on one question. */
interface Row {
  readonly repository: string;
  readonly language: string;
  readonly category: string;
  readonly query: string;
  readonly values: Readonly<Record<string, number>>;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const { args, named } = ((given: readonly string[]) => {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < given.length; i++) {
    if (given[i]!.startsWith('--')) flags.set(given[i]!, given[++i] ?? '');
    else rest.push(given[i]!);
  }
  return { args: rest, named: flags };
})(process.argv.slice(2));
const [folder] = args;
const model = args[1] === undefined ? null : resolve(args[1]);
if (folder === undefined) throw new Error('expected the folder of the benchmark');
const published = new Map<string, number>();
if (named.has('--published')) {
  const { repos } = JSON.parse(readFileSync(named.get('--published')!, 'utf8')) as {
    readonly repos: readonly { readonly repo: string; readonly ndcg10: number }[];
  };
  for (const { repo, ndcg10 } of repos) published.set(repo, ndcg10);
}

/** BM25 over whole files, the baseline: the same terms, nothing else. */
const rankFiles = (root: string, paths: readonly string[]) => {
  const index = new Bm25Index(
    paths.map((path) => codeTerms(`${path}\n${readFileSync(join(root, path), 'utf8')}`)),
  );
  return (query: string): Place[] =>
    index
      .search(codeTerms(query), 10)
      .map(({ document }) => ({ path: paths[document]!, startLine: 1, endLine: Number.MAX_SAFE_INTEGER }));
};

/** The benchmark asks for files. */
const unit = (named.get('--by') ?? 'file') as SearchUnit;
const systems = ['BM25', 'words', ...(model === null ? [] : ['words and model', 'model'])];
const MODES = { words: 'lexical', 'words and model': 'hybrid', model: 'dense' } as const;
const kept = named.get('--indexes');
const scratch = kept ?? mkdtempSync(join(tmpdir(), 'oasis-search-'));
const rows: Row[] = [];
const shown = new Map<string, string>();
const table = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
try {
  const heads = ['Repository', 'Language', 'Entries', 'Index', 'Answer', ...systems, 'semble, as published'];
  table(heads);
  table(heads.map(() => '---'));
  for (const { name, language, root, questions } of readBenchmark(
    folder,
    named.get('--repos')?.split(','),
    named.get('--questions'),
  )) {
    const out = join(scratch, name);
    const { seconds, manifest } = await indexFolders([{ name, root }], {
      out,
      model,
      includeTests: false,
      exclude: [],
      maxFileBytes: 1 << 20,
    });
    const index = await openSearchIndex(out);
    const files = rankFiles(
      root,
      manifest.repositories.flatMap((repository) => repository.files.map(({ path }) => path)),
    );
    await index.search('warm up', { top: 10 });
    let milliseconds = 0;
    for (const { query, category, targets } of questions) {
      const values: Record<string, number> = { BM25: ndcg(files(query), targets) };
      for (const system of systems.slice(1)) {
        const started = performance.now();
        const mode = MODES[system as keyof typeof MODES];
        const hits = await index.search(query, { top: 10, mode, by: unit });
        milliseconds += performance.now() - started;
        values[system] = ndcg(
          hits.map(({ fn }) => fn),
          targets,
        );
      }
      rows.push({ repository: name, language, category, query, values });
    }
    await index.close();
    const own = rows.filter(({ repository }) => repository === name);
    shown.set(name, language);
    table([
      TUNED.includes(name) ? `${name} (tuned)` : name,
      language,
      manifest.functions,
      `${seconds.toFixed(2)} s`,
      `${(milliseconds / questions.length / (systems.length - 1)).toFixed(1)} ms`,
      ...systems.map((system) => mean(own.map(({ values }) => values[system]!)).toFixed(3)),
      published.get(name)?.toFixed(3) ?? '',
    ]);
  }
} finally {
  if (kept === undefined) rmSync(scratch, { recursive: true, force: true });
}
if (named.has('--json')) writeFileSync(named.get('--json')!, `${JSON.stringify(rows)}\n`);

/** Means over repositories, as the benchmark has them. */
const overRepositories = (names: readonly string[], system: string): string => {
  const of = (name: string) =>
    mean(rows.filter(({ repository }) => repository === name).map(({ values }) => values[system]!));
  return mean(names.map(of)).toFixed(3);
};
const everyName = [...shown.keys()];
const groups = [
  ['all', everyName],
  ['tuned on', everyName.filter((name) => TUNED.includes(name))],
  ['others', everyName.filter((name) => !TUNED.includes(name))],
] as const;
console.log('');
table(['Mean over repositories', ...systems, 'semble, as published']);
table(['---', ...systems.map(() => '---'), '---']);
for (const [label, names] of groups) {
  if (names.length === 0) continue;
  const rivals = names.flatMap((name) => published.get(name) ?? []);
  table([
    `${label} (${names.length})`,
    ...systems.map((system) => overRepositories(names, system)),
    rivals.length === names.length ? mean(rivals).toFixed(3) : '',
  ]);
}

const by = (key: 'category' | 'language') => {
  console.log('');
  table([`By ${key}, mean over questions`, 'Questions', ...systems]);
  table(['---', '---', ...systems.map(() => '---')]);
  for (const value of [...new Set(rows.map((row) => row[key]))].sort()) {
    const own = rows.filter((row) => row[key] === value);
    const means = systems.map((system) => mean(own.map(({ values }) => values[system]!)).toFixed(3));
    table([value, own.length, ...means]);
  }
};
by('category');
by('language');

console.log('\nDifferences, by question, with their paired 95% bootstrap intervals:');
const difference = (chosen: readonly Row[], a: string, b: string): string => {
  const { low, high } = bootstrapInterval(chosen.map(({ values }) => values[a]! - values[b]!));
  const middle = mean(chosen.map(({ values }) => values[a]! - values[b]!));
  return `${middle >= 0 ? '+' : '−'}${Math.abs(middle).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
};
const pairs = [['words', 'BM25'], ...(model === null ? [] : [['words and model', 'words']])] as const;
for (const [a, b] of pairs) {
  const others = rows.filter(({ repository }) => !TUNED.includes(repository!));
  const parts = [`all ${difference(rows, a!, b!)}`];
  if (others.length > 0 && others.length < rows.length)
    parts.push(`not tuned on ${difference(others, a!, b!)}`);
  console.log(`- ${a} minus ${b}: ${parts.join(', ')}`);
}
