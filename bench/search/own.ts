/**
 * Questions as developers ask them, with the function that answers: hit@5 and MRR of `oasis-full search` beside BM25 over the
 * same entries.
 *
 *   npx tsx bench/search/own.ts FOLDER [MODEL] [--check] [--tuning]
 *
 * `own-questions.json` was written by reading the six repositories, before anything was ranked on it, and nothing was chosen by
 * it. FOLDER is that of `run.ts`; of its files only `repos.json` and the checkouts in `repos/` are used. Everything that search
 * indexes is ranked: functions, types, constants and parts of files. An entry answers if it has the name and the file of the
 * answer. `--check` only says whether each answer is an entry; `--tuning` takes `tuning-questions.json`, by which the
 * weights of functions were chosen.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bm25Index } from 'oasis-embed/benchmarks';
import { bootstrapInterval, holmCorrection, pairedRandomizationTest } from 'oasis-embed/metrics';
import { codeTerms } from 'oasis-embed/retrieval';
import { subtokens } from 'oasis-embed/syntax';
import { entryText } from '../../examples/oasis-full/search/entries/entry-text.js';
import { repositoryEntries } from '../../examples/oasis-full/search/entries/repository-entries.js';
import type { SearchEntry } from '../../examples/oasis-full/search/entries/search-entry.js';
import { indexFolders } from '../../examples/oasis-full/search/index-folders.js';
import { openSearchIndex } from '../../examples/oasis-full/search/search-index.js';

interface Question {
  readonly repository: string;
  readonly question: string;
  /** The end of the path of the answer's file. */
  readonly path: string;
  /** The last part of its qualified name; overloads answer alike. */
  readonly name: string;
}

interface Place {
  readonly path: string;
  readonly qualifiedName: string;
}

const here = dirname(fileURLToPath(import.meta.url));
const [folder, model = null] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
if (folder === undefined) throw new Error('expected the folder of the benchmark');
const onlyChecks = process.argv.includes('--check');
const file = process.argv.includes('--tuning') ? 'tuning-questions.json' : 'own-questions.json';
const questions = JSON.parse(readFileSync(join(here, file), 'utf8')) as readonly Question[];
const specs = JSON.parse(readFileSync(join(folder, 'repos.json'), 'utf8')) as readonly {
  readonly name: string;
  readonly benchmark_root?: string | null;
}[];

const answers = ({ path, name }: Question, place: Place): boolean =>
  `/${place.path}`.endsWith(`/${path}`) && place.qualifiedName.split(/[.#:]+/).at(-1) === name;

const TOP = 100;
/** Of the first answer, 1 for the best; 0 where it is not among the first hundred. */
const rankOf = (question: Question, ranked: readonly Place[]): number =>
  ranked.findIndex((place) => answers(question, place)) + 1;

const bm25 = (entries: readonly SearchEntry[], terms: (text: string) => readonly string[]) => {
  const index = new Bm25Index(entries.map((entry) => terms(entryText(entry))));
  return (question: string): Place[] =>
    index.search(terms(question), TOP).map(({ document }) => entries[document]!);
};

const options = { includeTests: false, exclude: [], maxFileBytes: 1 << 20 };
const systems = ['BM25, subtokens', 'BM25, stems', 'words', ...(model === null ? [] : ['words and model'])];
const ranks = new Map<string, number[]>(systems.map((system) => [system, []]));
const asked: Question[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'oasis-own-'));
try {
  for (const repository of new Set(questions.map((question) => question.repository))) {
    const below = specs.find(({ name }) => name === repository)?.benchmark_root ?? '';
    const root = join(folder, 'repos', repository, below);
    const { entries } = await repositoryEntries(root, { repository, ...options });
    const own = questions.filter((question) => question.repository === repository);
    if (onlyChecks) {
      for (const question of own)
        if (!entries.some((entry) => answers(question, entry))) console.log('no entry:', question);
      continue;
    }
    const out = join(scratch, repository);
    await indexFolders([{ name: repository, root }], { out, model, ...options });
    const index = await openSearchIndex(out);
    const bySubtokens = bm25(entries, subtokens);
    const byStems = bm25(entries, codeTerms);
    for (const question of own) {
      const text = question.question;
      const found = async (mode: 'lexical' | 'hybrid') =>
        (await index.search(text, { top: TOP, mode })).map(({ fn }) => fn);
      ranks.get('BM25, subtokens')!.push(rankOf(question, bySubtokens(text)));
      ranks.get('BM25, stems')!.push(rankOf(question, byStems(text)));
      ranks.get('words')!.push(rankOf(question, await found('lexical')));
      ranks.get('words and model')?.push(rankOf(question, await found('hybrid')));
      asked.push(question);
    }
    await index.close();
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
if (onlyChecks) process.exit();

const MEASURES = {
  'hit@1': (rank: number) => (rank === 1 ? 1 : 0),
  'hit@5': (rank: number) => (rank > 0 && rank <= 5 ? 1 : 0),
  MRR: (rank: number) => (rank > 0 ? 1 / rank : 0),
} as const;
type MeasureName = keyof typeof MEASURES;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const valuesOf = (system: string, measure: MeasureName) => ranks.get(system)!.map(MEASURES[measure]);
const row = (cells: readonly (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);

row(['System', ...Object.keys(MEASURES)]);
row(['---', '---', '---', '---']);
for (const system of systems) {
  const count = (measure: MeasureName) =>
    `${valuesOf(system, measure).reduce((sum, value) => sum + value, 0)} of ${asked.length}`;
  row([system, count('hit@1'), count('hit@5'), mean(valuesOf(system, 'MRR')).toFixed(3)]);
}
console.log('');
row(['Repository', 'Questions', ...systems.map((system) => `${system}: hit@5`)]);
row(['---', '---', ...systems.map(() => '---')]);
for (const repository of new Set(asked.map((question) => question.repository))) {
  const rows = asked.flatMap((question, i) => (question.repository === repository ? [i] : []));
  row([
    repository,
    rows.length,
    ...systems.map((system) => rows.reduce((sum, i) => sum + valuesOf(system, 'hit@5')[i]!, 0)),
  ]);
}
console.log('');
row(['Difference', 'hit@5', '95% interval', 'p', 'MRR', '95% interval', 'p']);
row(['---', '---', '---', '---', '---', '---', '---']);
const pairs = [
  ['words', 'BM25, subtokens'],
  ['words', 'BM25, stems'],
  ...(model === null
    ? []
    : [
        ['words and model', 'BM25, subtokens'],
        ['words and model', 'BM25, stems'],
        ['words and model', 'words'],
      ]),
] as const;
const tests = (['hit@5', 'MRR'] as const).map((measure) => {
  const found = pairs.map(([a, b]) => {
    const [left, right] = [valuesOf(a!, measure), valuesOf(b!, measure)];
    const { low, high } = bootstrapInterval(
      left.map((value, i) => value - right[i]!),
      { resamples: 10_000, seed: 1 },
    );
    const { difference, pValue } = pairedRandomizationTest(left, right, { seed: 1 });
    return { difference, low, high, pValue };
  });
  const adjusted = holmCorrection(found.map(({ pValue }) => pValue));
  return found.map((test, i) => ({ ...test, pValue: adjusted[i]! }));
});
pairs.forEach(([a, b], i) => {
  const cells = tests.flatMap((found) => {
    const { difference, low, high, pValue } = found[i]!;
    return [
      difference.toFixed(3),
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      pValue < 0.001 ? '< 0.001' : pValue.toFixed(3),
    ];
  });
  row([`${a} minus ${b}`, ...cells]);
});
