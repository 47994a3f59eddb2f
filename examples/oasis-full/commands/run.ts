import { type Command, Option } from 'commander';
import { defaultWorkers, stageNames } from '../engine/engine-options.js';
import { defaults, numberOption, type RunOptions } from '../options.js';
import { fromHere } from './paths.js';

const count = numberOption({ integer: true, minimum: 1 });
const inUnit = numberOption({ minimum: 0, maximum: 1 });

export const addRunCommand = (program: Command): void => {
  program
    .command('run', { isDefault: true })
    .description(
      'run the pipeline; a run that was interrupted, or that differs in some options, redoes only what it must',
    )
    .option(
      '--repos <dirs...>',
      'folders of code, one repository each (default: the npm packages this example pins)',
    )
    .option('--out <dir>', 'folder for everything the run writes', defaults.out)
    .option('--seed <n>', 'seed of every random choice', numberOption({ integer: true }), defaults.seed)
    .option('--negatives <k>', 'in-repository negatives per docstring', count, defaults.negatives)
    .option(
      '--twin-negatives <k>',
      'structural near twins a docstring gets as further negatives',
      numberOption({ integer: true, minimum: 0 }),
      defaults.twinNegatives,
    )
    .addOption(
      new Option(
        '--similarity-map <map>',
        'how a cosine becomes a similarity: clip = max(0, cos), affine = (1 + cos) / 2',
      )
        .choices(['affine', 'clip'] as const)
        .default(defaults.similarityMap),
    )
    .option(
      '--delta-s <Δs>',
      'what an accepted suspect gains',
      numberOption({ minimum: 0, below: 1 }),
      defaults.deltaS,
    )
    .option(
      '--tree-ratio <r>',
      'AST edit distance over both sizes, up to which a negative is suspect',
      inUnit,
      defaults.treeRatio,
    )
    .addOption(
      new Option(
        '--threshold <s>',
        'similarity above which a negative is suspect, instead of the mixture’s s*',
      )
        .argParser(inUnit)
        .conflicts('thresholdQuantile'),
    )
    .option('--threshold-quantile <q>', 'the same, as a quantile of the negatives’ similarities', inUnit)
    .option('--label-dimensions <d>', 'dimensions of the LSA labeller', count, defaults.labelDimensions)
    .option('--dimensions <d>', 'dimensions of the trained embeddings', count, defaults.dimensions)
    .option('--epochs <n>', 'passes over the training docstrings', count, defaults.epochs)
    .option(
      '--batch-queries <n>',
      'docstrings in a batch',
      numberOption({ integer: true, minimum: 2 }),
      defaults.batchQueries,
    )
    .option(
      '--batch-negatives <n>',
      'negatives a docstring brings into its batch',
      numberOption({ integer: true, minimum: 0 }),
      defaults.batchNegatives,
    )
    .option(
      '--learning-rate <η>',
      'peak learning rate of AdamW',
      numberOption({ above: 0 }),
      defaults.learningRate,
    )
    .option(
      '--temperature <τ>',
      'temperature of both losses',
      numberOption({ above: 0 }),
      defaults.temperature,
    )
    .option(
      '--weight-infonce <w1>',
      'weight of InfoNCE',
      numberOption({ minimum: 0 }),
      defaults.weightInfoNce,
    )
    .option('--weight-cosent <w2>', 'weight of CoSENT', numberOption({ minimum: 0 }), defaults.weightCosent)
    .option(
      '--patience <n>',
      'evaluations without a better validation MRR before training stops',
      count,
      defaults.patience,
    )
    .addOption(
      new Option('--backend <name>', 'where tensors live; auto takes the fastest that is installed')
        .choices(['auto', 'tfjs-node-gpu', 'webgpu', 'tensorflow', 'wasm', 'cpu'] as const)
        .default(defaults.backend),
    )
    .option('--ablation', 'also train the paper’s ablation rows', false)
    .option('--ablation-seeds <n>', 'seeds per ablation row', count, defaults.ablationSeeds)
    .addOption(
      new Option('--engine <name>', 'where shards run: threads of this process, or workers on any machine')
        .choices(['in-process', 'bullmq'] as const)
        .default('in-process' as const),
    )
    .option('--connection <url>', 'the queue of --engine bullmq: redis://…, valkey://… or postgres://…')
    .option('--workers <n>', 'threads of this process', count, defaultWorkers())
    .addOption(new Option('--until <stage>', 'end after this stage').choices(stageNames))
    .option('--json', 'progress as one JSON object a line', false)
    .option('--fresh', 'redo everything, whatever the folder already holds', false)
    .action(async (options) => {
      const { runPipeline } = await import('../pipeline.js');
      const { engine, connection = null, workers, until = null, json, ...recipe } = options;
      const { weightInfonce, repos = [], threshold = null, thresholdQuantile = null, ...rest } = recipe;
      const runOptions: RunOptions = {
        ...rest,
        repos: repos.map(fromHere),
        out: fromHere(options.out),
        weightInfoNce: weightInfonce,
        threshold,
        thresholdQuantile,
      };
      await runPipeline(runOptions, { engine, connection, workers, until, json });
    });
};
