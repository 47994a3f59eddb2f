import { type Command, Option } from 'commander';
import { numberOption } from '../options/number-option.js';
import { defaults, type RunOptions } from '../options/run-options.js';
import { parseStrata } from '../options/stratum-counts.js';
import { requireWritable } from '../store/require-writable.js';
import { addEngineFlags, takeEngineFlags } from './engine-flags.js';
import { addModelFlags, takeModelFlags } from './model-flags.js';
import { fromHere } from './paths.js';
import { addTrainingFlags, applyPreset, takeTrainingFlags } from './training-flags.js';

const count = numberOption({ integer: true, minimum: 1 });
const inUnit = numberOption({ minimum: 0, maximum: 1 });

export const addRunCommand = (program: Command): void => {
  const command = program
    .command('run', { isDefault: true })
    .description(
      'run the pipeline; a run that was interrupted, or that differs in some options, redoes only what it must',
    )
    .option(
      '--repos <dirs...>',
      'folders of code, one repository each (default: the npm packages this example pins)',
    )
    .option(
      '--functions <files...>',
      'JSONL files of functions that were extracted already: repository, path, name, language, code, docstring',
    )
    .addOption(
      new Option(
        '--near-duplicates <what>',
        'what becomes of functions that repeat another one’s code; keep, where they were dropped before',
      )
        .choices(['drop', 'keep'] as const)
        .default(defaults.nearDuplicates),
    )
    .option('--out <dir>', 'folder for everything the run writes', defaults.out)
    .option('--seed <n>', 'seed of every random choice', numberOption({ integer: true }), defaults.seed)
    .option('--negatives <k>', 'in-repository negatives per docstring', count, defaults.negatives)
    .option(
      '--negative-strata <counts...>',
      'how many of them come from where, as calls=2 lexical=2 twins=1; the rest is drawn at random',
    )
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
        '--mixture <family>',
        'distributions fitted to the negatives’ similarities; beta for skewed ones',
      )
        .choices(['gaussian', 'beta'] as const)
        .default(defaults.mixture),
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
    .option('--no-dataset-jsonl', 'leave dataset.jsonl out: the Parquet files in dataset/ hold the same rows')
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
    .option(
      '--test-functions <n>',
      'held-out functions at most that are ranked, whole repositories, drawn by the seed: cost grows with the square',
      count,
      defaults.testFunctions,
    )
    .addOption(
      new Option('--backend <name>', 'where tensors live; auto takes the fastest that is installed')
        .choices(['auto', 'tfjs-node-gpu', 'webgpu', 'tfjs-node', 'tensorflow', 'wasm', 'cpu'] as const)
        .default(defaults.backend),
    )
    .option('--ablation', 'also train the paper’s ablation rows', false)
    .option('--ablation-seeds <n>', 'seeds per ablation row', count, defaults.ablationSeeds)
    .option('--fresh', 'redo everything, whatever the folder already holds', false);
  addModelFlags(addTrainingFlags(addEngineFlags(command))).action(async () => {
    applyPreset(command);
    const { engineOptions, rest: recipe } = takeEngineFlags(command.opts());
    const { models, dryRun, rest: others } = takeModelFlags(recipe);
    const { training, rest: flags } = takeTrainingFlags(others);
    const {
      weightInfonce,
      datasetJsonl,
      repos = [],
      functions = [],
      threshold = null,
      thresholdQuantile = null,
      ...rest
    } = flags;
    const runOptions = {
      ...rest,
      repos: repos.map(fromHere),
      functions: functions.map(fromHere),
      out: fromHere(rest.out),
      weightInfoNce: weightInfonce,
      datasetJsonLines: datasetJsonl,
      threshold,
      thresholdQuantile,
      models,
      training,
      negativeStrata: parseStrata(rest.negativeStrata ?? []),
    };
    // The flags of this command, minus what is renamed above, are the options of a run by their very names.
    const complete = runOptions as RunOptions;
    if (dryRun) return (await import('../pipeline/dry-run.js')).dryRun(complete, engineOptions);
    requireWritable(complete.out);
    const { withGuidance } = await import('../models/guidance.js');
    try {
      await (await import('../pipeline/run-pipeline.js')).runPipeline(complete, engineOptions);
    } catch (error) {
      throw withGuidance(error);
    }
  });
};
