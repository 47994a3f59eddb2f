/**
 * The tables of encoders.ts from its lines, as far as they are measured; a row counts with the seeds that are ranked on every set.
 *
 *   npx tsx bench/experiments/real-models/encoder-tables.ts runs/real-models/encoders.jsonl \
 *     [--records bench/results/records] [--maximum-length 64]
 *
 * With --records, real-models-encoders.json and real-models-encoders-tests.json are written there: `npm run bench -- --results` puts them
 * into bench/RESULTS.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type AblationResult,
  summarizeAblation,
} from '../../../examples/oasis-full/pipeline/ablation/summarize-ablation.js';
import { terminalTable } from '../../../src/report/index.js';
import { ablationRecord } from './ablation-record.js';

interface Line {
  readonly slug: string;
  readonly name: string;
  readonly seed: number;
  readonly set: string;
  readonly settings: { readonly maximumLength: number };
  readonly values: readonly number[];
  readonly cost: { readonly steps: number; readonly processorSecondsPerStep: number } | null;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string' },
    'maximum-length': { type: 'string', default: '64' },
  },
});
if (positionals.length === 0) throw new Error('encoders.jsonl is missing');
const lines = positionals
  .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  .filter((line) => line !== '')
  .map((line): Line => JSON.parse(line))
  .filter(({ settings }) => settings.maximumLength === Number(values['maximum-length']));

/** Each with its measure; correlations have no queries to test over. */
const SETS = [
  ['test packages', 'MRR@1000'],
  ['second packages', 'MRR@1000'],
  ['CoSQA', 'MRR@1000'],
  ['Code2Code', 'MAP'],
  ['STS Benchmark', 'Spearman'],
  ['validation packages', 'MRR@1000'],
] as const;
const START = 'start';
/** The mix comes first, then what it is compared with; whoever was trained on the validation packages' choice alone is left out. */
const order = ({ slug }: Line): number =>
  ['mix-', 'infonce', 'cosent-', 'Multiple', 'CoSENT', 'GIST', START].findIndex((start) =>
    slug.startsWith(start),
  );
const valuesOf = (slug: string, seed: number, set: string): readonly number[] | undefined =>
  lines.findLast((line) => line.slug === slug && line.set === set && (slug === START || line.seed === seed))
    ?.values;

const slugs = [
  ...new Map([...lines].sort((a, b) => order(a) - order(b)).map((line) => [line.slug, line])).values(),
];
const measuredSeeds = (slug: string): number[] =>
  [...new Set(lines.filter((line) => line.slug === slug).map(({ seed }) => seed))]
    .filter((seed) => SETS.every(([set]) => valuesOf(slug, seed, set) !== undefined))
    .sort((a, b) => a - b);
const rows = slugs.filter(({ slug }) => measuredSeeds(slug).length > 0);
const nameOf = ({ slug, name }: Line) =>
  /Loss$/.test(name) && slug === name ? `${name} of sentence-transformers` : name;

const mean = (all: readonly number[]) => all.reduce((sum, value) => sum + value, 0) / all.length;
const percent = (value: number) => (100 * value).toFixed(2);
const cell = (perSeed: readonly number[]): string => {
  const center = mean(perSeed);
  const spread = Math.sqrt(
    perSeed.reduce((sum, value) => sum + (value - center) ** 2, 0) / (perSeed.length - 1),
  );
  return percent(center) + (perSeed.length > 1 ? ` ± ${percent(spread)}` : '');
};
const scores = {
  columns: ['MiniLM trained by', 'seeds', ...SETS.map(([set, measure]) => `${set}, ${measure}`)],
  rows: rows.map((row) => {
    const seeds = measuredSeeds(row.slug);
    return [
      nameOf(row),
      row.slug === START ? '' : String(seeds.length),
      ...SETS.map(([set]) => cell(seeds.map((seed) => mean(valuesOf(row.slug, seed, set)!)))),
    ];
  }),
};
const print = ({ columns, rows }: typeof scores) =>
  console.log(terminalTable({ columns: columns.map((label, i) => ({ label, numeric: i > 0 })), rows }), '\n');
print(scores);

// Tests are over the seeds that every trained row has.
const trained = rows.filter(({ slug }) => slug !== START);
if (trained.length === 0) throw new Error('no trained model is measured on every set yet');
const shared = measuredSeeds(trained[0]!.slug).filter((seed) =>
  trained.every(({ slug }) => measuredSeeds(slug).includes(seed)),
);
const tests = {
  columns: ['On', 'the first row, less', 'difference', 'its interval', 'p', 'would have been seen'],
  rows: [] as string[][],
};
const flip = (text: string) => (text.startsWith('+') ? text.replace('+', '−') : text.replace('−', '+'));
for (const [set, measure] of SETS.filter(([, measure]) => measure !== 'Spearman')) {
  const inputs = rows.map((row) => ({
    name: nameOf(row),
    perSeed: shared.map((seed) => valuesOf(row.slug, seed, set)!),
  }));
  const result: AblationResult = summarizeAblation(measure, shared, inputs, 1);
  const record = ablationRecord(result, '');
  for (const [name, , , difference, interval, ...others] of record.rows.slice(1)) {
    // The table says what the mix has above another row.
    const [low, high] = interval!.split(' to ') as [string, string];
    tests.rows.push([set, name!, flip(difference!), `${flip(high)} to ${flip(low)}`, ...others.map(String)]);
  }
}
print(tests);
console.log(`Tests over ${shared.length === 1 ? 'seed' : 'seeds'} ${shared.join(', ')}`);
for (const { slug } of trained) {
  const cost = lines.find((line) => line.slug === slug && line.cost !== null)?.cost;
  if (cost)
    console.log(`${slug}: ${cost.steps} steps of ${cost.processorSecondsPerStep.toFixed(2)} s of processor`);
}

if (values.records !== undefined) {
  const base = {
    command: 'npx tsx bench/experiments/real-models/encoder-tables.ts',
    machine: `${cpus()[0]!.model}, 2 cores shared with other work, 24 GiB; Node ${process.versions.node}`,
    date: '2026-11',
  };
  const write = (name: string, record: typeof scores) =>
    writeFileSync(
      join(values.records!, `${name}.json`),
      `${JSON.stringify({ ...base, ...record }, null, 2)}\n`,
    );
  write('real-models-encoders', scores);
  write('real-models-encoders-tests', tests);
}
