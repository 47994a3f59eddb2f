/**
 * NDCG@10 of `oasis-full search` on the benchmark of semble, by its own scoring.
 *
 *   npx tsx bench/search/run.ts FOLDER [MODEL] [--repos a,b,…]
 *
 * FOLDER holds `repos.json` and `annotations/`, as in that project's `benchmarks/`, and in `repos/NAME` each repository at the
 * revision that repos.json names. MODEL is a model's folder; without it words decide alone. Repositories that are not there
 * are left out, and the row says how many there were.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { indexFolders } from '../../examples/oasis-full/search/index-folders.js';
import { openSearchIndex } from '../../examples/oasis-full/search/search-index.js';
import { readBenchmark } from './questions.js';
import { ndcg } from './score.js';

/** The ranking was tuned on these; all others of a row were not looked at. */
const TUNED = 'requests httpx click express redux cobra chi monolog rack trpc dapper'.split(' ');

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined) throw new Error('expected the folder of the benchmark');
const at = rest.indexOf('--repos');
const names = at < 0 ? undefined : rest[at + 1]!.split(',');
const model = rest[0] === undefined || rest[0].startsWith('--') ? null : rest[0];

const scratch = mkdtempSync(join(tmpdir(), 'oasis-search-'));
const byRepository: { readonly name: string; readonly value: number }[] = [];
const byCategory = new Map<string, number[]>();
try {
  console.log('| Repository | Language | Entries | Index | Answer | NDCG@10 |\n|---|---|---|---|---|---|');
  for (const { name, language, root, questions } of readBenchmark(folder, names)) {
    const out = join(scratch, name);
    const { seconds, manifest } = await indexFolders([{ name, root }], {
      out,
      model,
      includeTests: false,
      exclude: [],
      maxFileBytes: 1 << 20,
    });
    const index = await openSearchIndex(out);
    const values: number[] = [];
    await index.search('warm up', { top: 10 });
    const started = performance.now();
    for (const { query, category, targets } of questions) {
      const hits = await index.search(query, { top: 10 });
      const value = ndcg(
        hits.map(({ fn }) => fn),
        targets,
      );
      values.push(value);
      byCategory.set(category, [...(byCategory.get(category) ?? []), value]);
    }
    const milliseconds = (performance.now() - started) / questions.length;
    await index.close();
    byRepository.push({ name, value: mean(values) });
    const cells = [
      name,
      language,
      manifest.functions,
      `${seconds.toFixed(2)} s`,
      `${milliseconds.toFixed(1)} ms`,
    ];
    console.log(`| ${[...cells, mean(values).toFixed(3)].join(' | ')} |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
const of = (chosen: readonly { readonly value: number }[]) =>
  `${mean(chosen.map(({ value }) => value)).toFixed(3)} (${chosen.length})`;
const tuned = byRepository.filter(({ name }) => TUNED.includes(name));
const others = byRepository.filter(({ name }) => !TUNED.includes(name));
console.log(`\nmean over repositories ${of(byRepository)}, tuned on ${of(tuned)}, others ${of(others)}`);
console.log(
  [...byCategory]
    .map(([category, values]) => `${category} ${mean(values).toFixed(3)} (${values.length})`)
    .join(', '),
);
