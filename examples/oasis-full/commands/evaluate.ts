import type { Command } from 'commander';
import type { Measure } from 'oasis-embed/metrics';
import { BENCHMARKS, type BenchmarkName } from '../evaluation/benchmark-tasks.js';
import { choice, numeric, parsed, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { fromHere } from '../options/from-here.js';
import { measureOption } from '../options/measure-option.js';
import { json, optionalPath } from '../options/run-folder.js';
import { recipeDeclarations } from '../options/run-options.js';

const count = { integer: true, minimum: 1 };
const required = { required: true };
const defaultMeasures: readonly Measure[] = ['recall@1', 'recall@10', 'ndcg@10'];

const folder = (flags: string, help: string) =>
  words<string>(flags, help, '', { ...required, convert: fromHere });

export const addEvaluateCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'evaluate',
    help: 'evaluate a model on a benchmark whose files you supply: the row of the paper’s table',
    options: {
      benchmark: choice<BenchmarkName>(
        '--benchmark <name>',
        'what to evaluate on',
        BENCHMARKS,
        'cosqa',
        required,
      ),
      data: folder('--data <dir>', 'folder of the benchmark’s files'),
      model: folder('--model <dir>', 'folder of the model, such as runs/oasis-full/model'),
      baselines: words<readonly string[]>('--baseline <dirs...>', 'folders of models to compare with', [], {
        convert: (paths: readonly string[]) => paths.map(fromHere),
      }),
      languages: words<readonly string[]>(
        '--language <names...>',
        'only these languages of codesearchnet or code2code (default: all)',
        [],
      ),
      split: words<string>('--split <name>', 'which qrels of a beir folder', 'test'),
      identicalIds: choice(
        '--identical-ids <what>',
        'documents of a beir folder whose id is the query’s; auto drops them unless the qrels name one',
        ['auto', 'drop', 'keep'],
        'auto',
      ),
      measures: parsed<readonly Measure[], readonly Measure[]>(
        '--measure <names...>',
        `further measures, such as map@100, besides ${defaultMeasures.join(', ')}`,
        measureOption(defaultMeasures),
        defaultMeasures,
      ),
      hardSubset: numeric(
        '--hard-subset [rank]',
        'also measure the queries whose answer every baseline ranks below this (10 if no number is given)',
        count,
        null,
        { convert: (rank: number | true) => (rank === true ? 10 : rank) },
      ),
      queryPrompt: words<string | null>(
        '--query-prompt <text>',
        'text placed before every query, if the model’s files do not name it',
        null,
      ),
      batchSize: numeric('--batch-size <n>', 'texts encoded at once', count, 64),
      threads: numeric('--threads <n>', 'threads that rank', count, 2),
      backend: recipeDeclarations.backend,
      seed: numeric('--seed <n>', 'seed of intervals and tests', { integer: true }, 1),
      writeRun: optionalPath('--write-run <file>', 'write the top documents of each query in TREC format'),
      writeQrels: optionalPath('--write-qrels <file>', 'write the relevant documents in TREC format'),
      writePredictions: optionalPath(
        '--write-predictions <file>',
        'write the top documents of each query in the format of CodeXGLUE’s evaluators',
      ),
      rerank: optionalPath(
        '--rerank <run>',
        'rank only the candidates of a run in TREC format, and show it as it is',
      ),
      depth: numeric('--depth <n>', 'documents per query in these files', count, 1000),
      json: json('one JSON object instead of tables'),
    },
    async action(options) {
      const { evaluateModel } = await import('../evaluation/evaluate-model.js');
      await evaluateModel(options);
    },
  });
