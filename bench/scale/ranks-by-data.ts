/**
 * How much longer exact ranks take on data that leave many scores near each other than on random vectors.
 *
 * Run: npx tsx bench/scale/ranks-by-data.ts [queries] [documents] [columns]
 * Least processor time of three runs, one thread.
 */
import { relevantRanks } from '../../src/metrics/index.js';
import { createRandom, type DenseMatrix } from '../../src/numerics/index.js';

const [queries = 300, documents = 4000, columns = 256] = process.argv.slice(2).map(Number);
const random = createRandom(1, 'ranks by data');
const number = () => random.uniform() - 0.5;
const matrix = (rows: number, at: (row: number, column: number) => number): DenseMatrix => ({
  rows,
  columns,
  data: Float32Array.from({ length: rows * columns }, (_, i) => at(Math.floor(i / columns), i % columns)),
});
const row = Array.from({ length: columns }, number);
const other = Array.from({ length: columns }, number);

/** A number of a document. */
const kinds: Readonly<Record<string, (document: number, column: number) => number>> = {
  random: number,
  'equal but for 10⁻⁵ of each number': (_, t) => row[t]! * (1 + 1e-5 * number()),
  'equal but for the last bits': (_, t) => row[t]! * (1 + 1.5e-7 * number()),
  'two such groups, in turn': (d, t) => (d % 2 === 0 ? row : other)[t]! * (1 + 1e-5 * number()),
  equal: (_, t) => row[t]!,
  zeros: () => 0,
  'one in 250 a thousand times as long': (d) => (d % 250 === 0 ? 1000 : 1) * number(),
};

const asked = matrix(queries, number);
const relevant = Uint32Array.from({ length: queries }, (_, q) => (7 * q) % documents);
let first = 0;
for (const [name, at] of Object.entries(kinds)) {
  const corpus = matrix(documents, at);
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run++) {
    const started = process.cpuUsage();
    relevantRanks(asked, corpus, relevant);
    const { user, system } = process.cpuUsage(started);
    least = Math.min(least, (user + system) / 1000);
  }
  first ||= least;
  console.log(`${name}: ${least.toFixed(0)} ms, ${(least / first).toFixed(1)} times as long`);
}
