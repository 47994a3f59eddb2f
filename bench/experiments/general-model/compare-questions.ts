/**
 * Compares two runs of bench/search/run.ts question by question.
 *
 *   npx tsx bench/experiments/general-model/compare-questions.ts A.json B.json
 *
 * The files are what `--json` kept. Prints the mean over questions of A and B and their difference with its paired 95% bootstrap
 * interval, for each system that both files have.
 */
import { readFileSync } from 'node:fs';
import { bootstrapInterval } from 'oasis-embed/metrics';

interface Row {
  readonly repository: string;
  readonly query: string;
  readonly values: Readonly<Record<string, number>>;
}

const [a, b] = process.argv.slice(2);
if (a === undefined || b === undefined) throw new Error('expected two files of bench/search/run.ts --json');
const rowsOf = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as readonly Row[];
const keyOf = ({ repository, query }: Row) => `${repository}\0${query}`;
const others = new Map(rowsOf(b).map((row) => [keyOf(row), row.values]));
const pairs = rowsOf(a).flatMap((row) => {
  const other = others.get(keyOf(row));
  return other === undefined ? [] : [[row.values, other] as const];
});
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
console.log(`${pairs.length} questions`);
for (const system of Object.keys(pairs[0]?.[0] ?? {})) {
  const [own, theirs] = [0, 1].map((side) => pairs.map((pair) => pair[side]![system]!));
  if (theirs!.some((value) => value === undefined)) continue;
  const { low, high } = bootstrapInterval(own!.map((value, i) => value - theirs![i]!));
  const [first, second] = [mean(own!), mean(theirs!)];
  console.log(
    `${system}: ${first.toFixed(3)}, ${second.toFixed(3)}, difference ${(first - second).toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`,
  );
}
