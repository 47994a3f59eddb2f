import type { Command } from 'commander';
import type { Measure } from 'oasis-embed/metrics';
import { BENCHMARKS, type BenchmarkName } from '../evaluation/task-options.js';
import { choice, numeric, parsed, toggle, words } from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { modelFromHere } from '../options/from-here.js';
import { measureOption } from '../options/measure-option.js';
import { engineOf, modelEngineDeclarations } from '../options/model-engine.js';
import { json, optionalPath } from '../options/run-folder.js';
import { recipeDeclarations } from '../options/run-options.js';

const count = { integer: true, minimum: 1 };
const required = { required: true };
const defaultMeasures: readonly Measure[] = ['recall@1', 'recall@10', 'ndcg@10'];

export const addEvaluateCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'evaluate',
    help: 'evaluate a model on a benchmark: the row of the paper’s table',
    options: {
      benchmark: choice<BenchmarkName>(
        '--benchmark <name>',
        'what to evaluate on',
        BENCHMARKS,
        'cosqa',
        required,
      ),
      data: optionalPath('--data <dir>', 'folder of the benchmark’s files'),
      download: toggle('--download', 'get the files from the Hugging Face hub, through its cache'),
      model: words<string>(
        '--model <model>',
        'folder of the model, such as runs/oasis-full/model, or owner/name on the hub',
        '',
        { ...required, convert: modelFromHere },
      ),
      baselines: words<readonly string[]>('--baseline <models...>', 'models to compare with', [], {
        convert: (names: readonly string[]) => names.map(modelFromHere),
      }),
      taskNames: words<readonly string[]>(
        '--task <names...>',
        'only these tasks of coir or mteb, or sets of library-code (default: all that are there); of beir, the data set to download',
        [],
      ),
      languages: words<readonly string[]>(
        '--language <names...>',
        'only these languages of codesearchnet, code2code, coir, mteb, beir or issue-to-function (default: all)',
        [],
      ),
      candidates: words<string | null>(
        '--candidates <language>',
        'language of the candidates of code2code (default: that of the queries)',
        null,
      ),
      comments: choice(
        '--comments <what>',
        'comments and docstrings in code2code; published removes them by the rule of the published scripts',
        ['published', 'keep'],
        'published',
      ),
      split: words<string>('--split <name>', 'which qrels of a beir folder', 'test'),
      identicalIds: choice(
        '--identical-ids <what>',
        'documents whose id is the query’s, in beir, coir and mteb; auto drops them unless the qrels name one, or in mteb',
        ['auto', 'drop', 'keep'],
        'auto',
      ),
      titles: choice(
        '--titles <what>',
        'titles before the texts, in beir, coir and mteb; auto omits them in coir',
        ['auto', 'join', 'omit'],
        'auto',
      ),
      missingDocuments: choice(
        '--missing-documents <what>',
        'documents that the qrels name and the corpus lacks: an error, or relevant and never found',
        ['refuse', 'miss'],
        'refuse',
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
      ...modelEngineDeclarations,
      seed: numeric('--seed <n>', 'seed of intervals and tests', { integer: true }, 1),
      writeRun: optionalPath('--write-run <file>', 'write the top documents of each query in TREC format'),
      writeQrels: optionalPath('--write-qrels <file>', 'write the relevant documents in TREC format'),
      writePredictions: optionalPath(
        '--write-predictions <file>',
        'write the top documents of each query in the format of CodeXGLUE’s evaluators',
      ),
      writeMteb: optionalPath('--write-mteb <dir>', 'write the results of coir or mteb in MTEB’s format'),
      rerank: optionalPath(
        '--rerank <run>',
        'rank only the candidates of a run in TREC format, and show it as it is',
      ),
      depth: numeric('--depth <n>', 'documents per query in these files', count, 1000),
      json: json('one JSON object instead of tables'),
    },
    async action(options) {
      const { evaluateModel } = await import('../evaluation/evaluate-model.js');
      await evaluateModel({ ...options, engine: engineOf(options) });
    },
  });
