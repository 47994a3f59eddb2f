import { type Command, Option } from 'commander';
import { fromHere } from '../options/from-here.js';
import { measureOption } from '../options/measure-option.js';
import { numberOption } from '../options/number-option.js';

const count = numberOption({ integer: true, minimum: 1 });
const path = (text: string | undefined): string | null => (text === undefined ? null : fromHere(text));

export const addCompareCommand = (program: Command): void => {
  program
    .command('compare')
    .description('compare run files on the same queries: means, intervals, paired tests')
    .argument('<qrels>', 'relevance judgements in TREC form')
    .argument('<runs...>', 'runs in TREC form; the others are held against the first')
    .option('--measure <names...>', 'such as map, P@5, ndcg_cut_10 (default: ndcg@10 map mrr)', measureOption)
    .addOption(
      new Option('--against <which>', 'hold each run against the first, or against all before it')
        .choices(['first', 'all'] as const)
        .default('first' as const),
    )
    .addOption(
      new Option('--test <name>', 'the paired test')
        .choices(['randomization', 't-test'] as const)
        .default('randomization' as const),
    )
    .addOption(
      new Option('--missing <what>', 'queries that a run lacks: refused, zero, or only shared ones compared')
        .choices(['refuse', 'zero', 'shared'] as const)
        .default('refuse' as const),
    )
    .addOption(
      new Option('--profile <name>', 'agree with another tool’s numbers').choices([
        'trec_eval-9',
        'trec_eval-10',
        'beir',
        'sentence-transformers',
        'codesearchnet',
      ] as const),
    )
    .option('--grade-column <n>', 'the column of the grade in qrels of five columns', (text) => {
      const column = Number(text);
      if (column !== 4 && column !== 5)
        throw new RangeError(`--grade-column must be 4 or 5, received ${text}`);
      return column as 4 | 5;
    })
    .option('--permutations <n>', 'of the randomization test', count, 10_000)
    .option('--resamples <n>', 'of the bootstrap intervals', count, 10_000)
    .option('--level <share>', 'of the intervals', numberOption({ above: 0, below: 1 }), 0.95)
    .option('--seed <n>', 'seed of intervals and tests', numberOption({ integer: true }), 1)
    .option('--svg <file>', 'write a figure of the differences')
    .option('--html <file>', 'write a page with figures and tables')
    .option('--json', 'one JSON object instead of tables', false)
    .addHelpText(
      'after',
      `
Examples:
  $ oasis-full compare qrels.txt bm25.run dense.run
  $ oasis-full compare qrels.txt bm25.run dense.run fused.run --measure ndcg@10 P@5 --against all --html report.html`,
    )
    .action(async (qrels, runs, options) => {
      const { compareFiles } = await import('../evaluation/compare-files.js');
      const { measure, against, test, missing, profile, gradeColumn, permutations, resamples } = options;
      await compareFiles({
        qrels: fromHere(qrels),
        runs: runs.map(fromHere),
        measures: measure ?? ['ndcg@10', 'map', 'mrr'],
        against,
        test,
        missing,
        ...(profile === undefined ? {} : { profile }),
        ...(gradeColumn === undefined ? {} : { gradeColumn }),
        permutations,
        resamples,
        level: options.level,
        seed: options.seed,
        json: options.json,
        svg: path(options.svg),
        html: path(options.html),
      });
    });
};
