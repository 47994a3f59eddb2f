import { type Command, InvalidArgumentError } from 'commander';
import type { Measure } from 'oasis-embed/metrics';
import { addOptions, choice, numeric, parsed, readOptions } from '../options/declaration.js';
import { fromHere } from '../options/from-here.js';
import { measureOption } from '../options/measure-option.js';
import { json, optionalPath } from '../options/run-folder.js';

const count = { integer: true, minimum: 1 };
const defaultMeasures: readonly Measure[] = ['ndcg@10', 'map', 'mrr'];

const gradeColumn = (text: string): 4 | 5 => {
  if (text !== '4' && text !== '5') throw new InvalidArgumentError(`expected 4 or 5, received ${text}`);
  return text === '4' ? 4 : 5;
};

const options = {
  measures: parsed<readonly Measure[], readonly Measure[]>(
    '--measure <names...>',
    `such as P@5 or ndcg_cut_10 (default: ${defaultMeasures.join(' ')})`,
    measureOption([]),
    defaultMeasures,
  ),
  against: choice(
    '--against <which>',
    'compare each run with the first, or with all before it',
    ['first', 'all'],
    'first',
  ),
  test: choice('--test <name>', 'the paired test', ['randomization', 't-test'], 'randomization'),
  missing: choice(
    '--missing <what>',
    'queries that a run lacks: refuse the run, count zero, or compare only shared queries',
    ['refuse', 'zero', 'shared'],
    'refuse',
  ),
  profile: choice(
    '--profile <name>',
    'whose conventions decide ties, missing documents and the meaning of names',
    ['none', 'trec_eval-9', 'trec_eval-10', 'beir', 'sentence-transformers', 'codesearchnet'],
    'none',
  ),
  gradeColumn: parsed<4 | 5, null>(
    '--grade-column <n>',
    'the column of the grade in qrels of five columns, 4 or 5',
    gradeColumn,
    null,
  ),
  permutations: numeric('--permutations <n>', 'of the randomization test', count, 10_000),
  resamples: numeric('--resamples <n>', 'of the bootstrap intervals', count, 10_000),
  level: numeric('--level <share>', 'of the intervals', { above: 0, below: 1 }, 0.95),
  seed: numeric('--seed <n>', 'seed of intervals and tests', { integer: true }, 1),
  svg: optionalPath('--svg <file>', 'write a figure of the differences'),
  html: optionalPath('--html <file>', 'write a page with figures and tables'),
  json: json('one JSON object instead of tables'),
} as const;

export const addCompareCommand = (program: Command): void => {
  const command = program
    .command('compare')
    .description('compare run files on the same queries: means, intervals, paired tests')
    .argument('<qrels>', 'relevance judgments in TREC format')
    .argument('<runs...>', 'runs in TREC format; the others are compared with the first')
    .addHelpText(
      'after',
      `
Examples:
  $ oasis-full compare qrels.txt bm25.run dense.run
  $ oasis-full compare qrels.txt bm25.run dense.run fused.run --measure ndcg@10 P@5 --against all --html report.html`,
    );
  addOptions(command, options).action(async (qrels: string, runs: readonly string[]) => {
    const { profile, gradeColumn: column, ...rest } = readOptions(command, options);
    const { compareFiles } = await import('../evaluation/compare-files.js');
    await compareFiles({
      ...rest,
      qrels: fromHere(qrels),
      runs: runs.map(fromHere),
      ...(profile === 'none' ? {} : { profile }),
      ...(column === null ? {} : { gradeColumn: column }),
    });
  });
};
