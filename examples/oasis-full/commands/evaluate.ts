import { type Command, Option } from 'commander';
import type { Measure } from 'oasis-embed/metrics';
import { BENCHMARKS, type BenchmarkName } from '../evaluation/benchmark-tasks.js';
import { fromHere } from '../options/from-here.js';
import { measureOption } from '../options/measure-option.js';
import { numberOption } from '../options/number-option.js';

const count = numberOption({ integer: true, minimum: 1 });

const path = (text: string | undefined): string | null => (text === undefined ? null : fromHere(text));

export const addEvaluateCommand = (program: Command): void => {
  program
    .command('evaluate')
    .description('evaluate a model on a benchmark whose files you bring: the row of the paper’s table')
    .addOption(
      new Option('--benchmark <name>', 'what to evaluate on').choices(BENCHMARKS).makeOptionMandatory(),
    )
    .requiredOption('--data <dir>', 'folder of the benchmark’s files')
    .requiredOption('--model <dir>', 'folder of the model, such as runs/oasis-full/model')
    .option('--baseline <dirs...>', 'folders of further models to hold it against')
    .option('--language <names...>', 'only these languages of codesearchnet or code2code')
    .option('--split <name>', 'which qrels of a beir folder', 'test')
    .addOption(
      new Option('--identical-ids <what>', 'documents of a beir folder with the id of the query')
        .choices(['auto', 'drop', 'keep'] as const)
        .default('auto' as const, 'auto: dropped unless the qrels name one'),
    )
    .option('--measure <names...>', 'further measures, such as ndcg@10', measureOption, [
      'recall@1',
      'recall@10',
      'ndcg@10',
    ] as readonly Measure[])
    .option(
      '--hard-subset [rank]',
      'also the queries whose answer every baseline ranks below this (10 without a number)',
      count,
    )
    .option(
      '--query-prompt <text>',
      'what stands before each query of the model, where its files do not say it',
    )
    .option('--batch-size <n>', 'texts encoded at a time', count, 64)
    .option('--threads <n>', 'threads that rank', count, 2)
    .addOption(
      new Option('--backend <name>', 'where the model computes')
        .choices(['auto', 'tfjs-node-gpu', 'webgpu', 'tfjs-node', 'tensorflow', 'wasm', 'cpu'] as const)
        .default('wasm' as const),
    )
    .option('--seed <n>', 'seed of intervals and tests', numberOption({ integer: true }), 1)
    .option('--write-run <file>', 'write the first documents of each query in TREC form')
    .option('--write-qrels <file>', 'write what is relevant in TREC form')
    .option('--write-predictions <file>', 'write the first documents in the form of CodeXGLUE’s evaluators')
    .option('--rerank <run>', 'rank only the candidates of a run in TREC form, and show it as it is')
    .option('--depth <n>', 'documents a query in these files', count, 1000)
    .option('--json', 'one JSON object instead of tables', false)
    .action(async (options) => {
      const { evaluateModel } = await import('../evaluation/evaluate-model.js');
      await evaluateModel({
        benchmark: options.benchmark as BenchmarkName,
        data: fromHere(options.data),
        model: fromHere(options.model),
        baselines: (options.baseline ?? []).map(fromHere),
        queryPrompt: options.queryPrompt ?? null,
        languages: options.language ?? [],
        split: options.split,
        identicalIds: options.identicalIds,
        measures: options.measure,
        hardSubset:
          options.hardSubset === undefined ? null : options.hardSubset === true ? 10 : options.hardSubset,
        batchSize: options.batchSize,
        threads: options.threads,
        backend: options.backend,
        seed: options.seed,
        json: options.json,
        writeRun: path(options.writeRun),
        writeQrels: path(options.writeQrels),
        writePredictions: path(options.writePredictions),
        depth: options.depth,
        rerank: path(options.rerank),
      });
    });
};
