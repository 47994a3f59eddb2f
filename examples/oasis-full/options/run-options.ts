import type { SimilarityMap, TeacherScale } from 'oasis-embed/annotation';
import {
  choice,
  defaultsOf,
  type KeyName,
  keyedBy,
  numeric,
  toggle,
  type ValuesOf,
  words,
} from './declaration.js';
import { fromHere } from './from-here.js';
import type { ModelOptions } from './model-options.js';
import { parseStrata, type StratumCounts } from './stratum-counts.js';
import { type TrainingOptions, trainingDeclarations } from './training-options.js';

const count = { integer: true, minimum: 1 };
const orNone = { integer: true, minimum: 0 };
const inUnit = { minimum: 0, maximum: 1 };
const paths = (names: readonly string[]) => names.map(fromHere);

/** The options of the recipe, beside those of models and of training. */
export const recipeDeclarations = {
  repos: words<readonly string[]>(
    '--repos <dirs...>',
    'folders of code, one repository each (default, in a checkout: the pinned npm packages)',
    [],
    { convert: paths },
  ),
  functions: words<readonly string[]>(
    '--functions <files...>',
    'JSONL files of functions you have already extracted: repository, path, name, language, code, docstring',
    [],
    { convert: paths },
  ),
  validationRepos: words<readonly string[]>(
    '--validation-repos <names...>',
    'repositories that settings are chosen on, instead of some drawn by the seed',
    [],
    { keys: ['corpus'] },
  ),
  testRepos: words<readonly string[]>(
    '--test-repos <names...>',
    'repositories that the result is measured on, instead of some drawn by the seed',
    [],
    { keys: ['corpus'] },
  ),
  nearDuplicates: choice(
    '--near-duplicates <what>',
    'whether functions that repeat another’s code are dropped; keep them if that was done before',
    ['drop', 'keep'],
    'drop',
    { keys: ['corpus'] },
  ),
  out: words<string>('--out <dir>', 'folder for everything the run writes', 'runs/oasis-full', {
    convert: fromHere,
  }),
  seed: numeric('--seed <n>', 'seed of every random choice', { integer: true }, 1, {
    keys: ['corpus', 'pairs', 'training', 'evaluation'],
  }),
  negatives: numeric('--negatives <k>', 'in-repository negatives per docstring', count, 8, {
    keys: ['pairs'],
  }),
  negativeStrata: words<StratumCounts>(
    '--negative-strata <counts...>',
    'how many of them to take from where, such as calls=2 lexical=2 twins=1; the rest are drawn at random',
    {},
    { keys: ['pairs'], convert: parseStrata },
  ),
  twinNegatives: numeric(
    '--twin-negatives <k>',
    'structural near twins added per docstring as further negatives',
    orNone,
    2,
    { keys: ['pairs'] },
  ),
  similarityMap: choice<SimilarityMap>(
    '--similarity-map <map>',
    'how a cosine becomes a similarity: clip = max(0, cos), affine = (1 + cos) / 2',
    ['affine', 'clip'],
    'affine',
    { keys: ['labels'] },
  ),
  teacherScale: choice<TeacherScale>(
    '--teacher-scale <scale>',
    'what the similarities of several labelers are brought to before they are averaged: nothing, as published; one mean and spread; or one distribution',
    ['none', 'z-score', 'rank'],
    'none',
    { keys: ['labels'] },
  ),
  deltaS: numeric(
    '--delta-s <Δs>',
    'how much the label of an accepted suspect rises',
    { minimum: 0, below: 1 },
    0.05,
    {
      keys: ['refinement'],
    },
  ),
  treeRatio: numeric(
    '--tree-ratio <r>',
    'a negative is suspect up to this AST edit distance, divided by the sum of both sizes',
    inUnit,
    0.2,
    { keys: ['pairs', 'refinement'] },
  ),
  mixture: choice(
    '--mixture <family>',
    'distributions fitted to the similarities; use beta for skewed ones',
    ['gaussian', 'beta'],
    'gaussian',
    { keys: ['refinement'] },
  ),
  mixtureOver: choice(
    '--mixture-over <what>',
    'similarities that it is fitted to: all sample pairs, positives among them, as the paper has it, or negatives alone',
    ['pairs', 'negatives'],
    'pairs',
    { keys: ['refinement'] },
  ),
  threshold: numeric(
    '--threshold <s>',
    'similarity above which a negative is suspect, instead of the mixture’s s*',
    inUnit,
    null,
    { keys: ['refinement'], conflicts: 'thresholdQuantile' },
  ),
  thresholdQuantile: numeric(
    '--threshold-quantile <q>',
    'the same, as a quantile of the negatives’ similarities',
    inUnit,
    null,
    { keys: ['refinement'] },
  ),
  datasetJsonLines: toggle(
    '--no-dataset-jsonl',
    'do not write dataset.jsonl; the Parquet files in dataset/ hold the same rows',
  ),
  labelDimensions: numeric('--label-dimensions <d>', 'dimensions of the LSA labeler', count, 256, {
    keys: ['labels'],
  }),
  dimensions: numeric('--dimensions <d>', 'dimensions of the trained embeddings', count, 384, {
    keys: ['training'],
  }),
  epochs: numeric('--epochs <n>', 'passes over the training docstrings', count, 3, { keys: ['training'] }),
  batchQueries: numeric('--batch-queries <n>', 'docstrings per batch', { integer: true, minimum: 2 }, 128, {
    keys: ['training'],
  }),
  batchNegatives: numeric('--batch-negatives <n>', 'negatives per docstring in a batch', orNone, 4, {
    keys: ['training'],
  }),
  learningRate: numeric('--learning-rate <η>', 'peak learning rate of AdamW', { above: 0 }, 0.001, {
    keys: ['training'],
  }),
  // On validation repositories better than the published 0.05, which was chosen for a large pretrained encoder.
  temperature: numeric('--temperature <τ>', 'temperature of both losses', { above: 0 }, 0.1, {
    keys: ['training'],
  }),
  weightInfoNce: numeric('--weight-infonce <w1>', 'weight of InfoNCE', { minimum: 0 }, 0.98, {
    keys: ['training'],
  }),
  // The published 0.02 belongs to labels of a large model and batches of 640 pairs; 0.3 did best on validation.
  weightCosent: numeric('--weight-cosent <w2>', 'weight of CoSENT', { minimum: 0 }, 0.3, {
    keys: ['training'],
  }),
  patience: numeric(
    '--patience <n>',
    'evaluations without a better validation MRR before training stops',
    count,
    3,
    { keys: ['training'] },
  ),
  // Under half an hour on two busy cores at 384 dimensions; fifteen times as many would take 225 times as long to rank.
  testFunctions: numeric(
    '--test-functions <n>',
    'maximum held-out functions to rank: whole repositories, drawn by the seed; cost grows with the square',
    count,
    100_000,
    { keys: ['evaluation'] },
  ),
  folds: numeric(
    '--folds <n>',
    'cross-validation: hold out each of n parts once, by repository or, where there are fewer, by file, and train for each; 0 for none (default: 5 for fewer than five repositories, where that takes at most five minutes and no service is paid)',
    { integer: true, minimum: 0 },
    null,
  ),
  finalFit: toggle(
    '--final-fit',
    'in the end train on everything, held-out functions too, for as long as validation chose; search uses that model',
  ),
  backend: choice(
    '--backend <name>',
    'where tensors live; auto picks the fastest installed',
    ['auto', 'tfjs-node-gpu', 'webgpu', 'tfjs-node', 'tensorflow', 'wasm', 'cpu'],
    'wasm',
  ),
  ablation: toggle('--ablation', 'also train the paper’s ablation rows'),
  ablationSeeds: numeric('--ablation-seeds <n>', 'seeds per ablation row', count, 3),
  ablationLibraryCode: words<string | null>(
    '--ablation-library-code <dir>',
    'folder of the Code2Code set of independent libraries: the ablation is measured on it as well',
    null,
    { convert: fromHere },
  ),
  fresh: toggle('--fresh', 'redo everything, whatever the folder already holds'),
};

/** Everything that decides a run's result, as it is recorded in run.json. */
export interface RunOptions extends ValuesOf<typeof recipeDeclarations> {
  /** Who writes docstrings, labels and judges. */
  readonly models: ModelOptions;
  /** Which encoder, and how it is trained. */
  readonly training: TrainingOptions;
}

export const defaults = defaultsOf(recipeDeclarations);

/** The options of the recipe and of training that a result depends on; those of models have functions of their own. */
export const optionsKeyedBy = (key: KeyName, options: RunOptions) => ({
  ...keyedBy(recipeDeclarations, key, options),
  ...keyedBy(trainingDeclarations, key, options.training),
});
