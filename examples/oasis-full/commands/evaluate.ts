import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Measure, parseMeasureName } from 'oasis-embed/metrics';
import { BENCHMARKS, type BenchmarkName } from '../evaluation/task-options.js';
import { fromHere, modelFromHere } from '../options/from-here.js';
import { numberOption } from '../options/number-option.js';

const count = numberOption({ integer: true, minimum: 1 });

const measureOption = (text: string, previous: readonly Measure[]): readonly Measure[] => {
  try {
    return [...previous, parseMeasureName(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
};

const path = (text: string | undefined): string | null => (text === undefined ? null : fromHere(text));

export const addEvaluateCommand = (program: Command): void => {
  program
    .command('evaluate')
    .description('evaluate a model on a benchmark: the row of the paper’s table')
    .addOption(
      new Option('--benchmark <name>', 'what to evaluate on').choices(BENCHMARKS).makeOptionMandatory(),
    )
    .option('--data <dir>', 'folder of the benchmark’s files')
    .option('--download', 'get the files from the Hugging Face hub, into its cache', false)
    .requiredOption(
      '--model <model>',
      'folder of the model, such as runs/oasis-full/model, or owner/name on the hub',
    )
    .option('--baseline <models...>', 'further models to hold it against')
    .option('--task <names...>', 'only these tasks of coir or mteb; of beir, the data set to download')
    .option('--language <names...>', 'only these languages of codesearchnet, code2code, coir, mteb or beir')
    .option('--candidates <language>', 'language of the candidates of code2code, for search across languages')
    .addOption(
      new Option('--comments <what>', 'comments and docstrings in code2code')
        .choices(['published', 'keep'] as const)
        .default('published' as const, 'published: gone by the rule of the published scripts'),
    )
    .option('--split <name>', 'which qrels of a beir folder', 'test')
    .addOption(
      new Option('--identical-ids <what>', 'documents with the id of the query, in beir, coir and mteb')
        .choices(['auto', 'drop', 'keep'] as const)
        .default('auto' as const, 'auto: dropped unless the qrels name one; kept in mteb'),
    )
    .addOption(
      new Option('--titles <what>', 'titles before the texts, in beir, coir and mteb')
        .choices(['auto', 'join', 'omit'] as const)
        .default('auto' as const, 'auto: omitted in coir'),
    )
    .addOption(
      new Option('--missing-documents <what>', 'documents that the qrels name and the corpus lacks')
        .choices(['refuse', 'miss'] as const)
        .default('refuse' as const, 'refuse: an error; miss: relevant and never found'),
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
    .option('--write-mteb <dir>', 'write the results of coir or mteb in MTEB’s form')
    .option('--depth <n>', 'documents a query in these files', count, 1000)
    .option('--json', 'one JSON object instead of tables', false)
    .action(async (options) => {
      const { evaluateModel } = await import('../evaluation/evaluate-model.js');
      await evaluateModel({
        benchmark: options.benchmark as BenchmarkName,
        data: path(options.data),
        download: options.download,
        taskNames: options.task ?? [],
        model: modelFromHere(options.model),
        baselines: (options.baseline ?? []).map(modelFromHere),
        queryPrompt: options.queryPrompt ?? null,
        languages: options.language ?? [],
        split: options.split,
        candidates: options.candidates ?? null,
        comments: options.comments,
        identicalIds: options.identicalIds,
        titles: options.titles,
        missingDocuments: options.missingDocuments,
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
        writeMteb: path(options.writeMteb),
        depth: options.depth,
      });
    });
};
