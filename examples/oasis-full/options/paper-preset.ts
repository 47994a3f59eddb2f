import type { Command } from 'commander';
import { applyValues, isGiven, words } from './declaration.js';
import { recipeDeclarations } from './run-options.js';
import { trainingDeclarations } from './training-options.js';

/** `--preset`, which is no value of the run itself. */
export const presetDeclarations = {
  preset: {
    ...words<'paper' | null>(
      '--preset <name>',
      'the published hyper-parameters; other flags take precedence',
      null,
    ),
    choices: ['paper'],
  },
};

/**
 * The hyper-parameters of the authors' released training code. Its batch is 640 pairs (8 GPUs with 80 each): 128
 * docstrings with their code and 4 negatives each.
 *
 * Not published, and therefore left at this project's defaults: K, the threshold and Δs of refinement, the limit of the tree
 * ratio, the models, and how many negatives a docstring brings into a batch.
 */
const paperRecipe = {
  temperature: 0.05,
  weightInfoNce: 0.98,
  weightCosent: 0.02,
  batchQueries: 128,
  batchNegatives: 4,
  epochs: 10,
  learningRate: 5e-4,
  seed: 3407,
} as const;

const paperTraining = {
  infoNceForm: 'released',
  schedule: 'constant',
  warmUpSteps: 0,
  weightDecay: 0.01,
  epsilon: 1e-3,
} as const;

/** What the preset adds where a checkpoint is trained: the prompt for queries only, and the longest text in training. */
const paperEncoder = {
  maximumLength: 1024,
  queryPrompt:
    'Instruct: Given a code search query, retrieve relevant code snippet that answer the query\nQuery: ',
} as const;

/** Puts the preset's values where the command line and the environment say nothing. */
export const applyPreset = (command: Command): void => {
  if (command.getOptionValue('preset') !== 'paper') return;
  applyValues(command, recipeDeclarations, paperRecipe);
  applyValues(command, trainingDeclarations, {
    ...paperTraining,
    ...(isGiven(command, trainingDeclarations.encoder) ? paperEncoder : {}),
  });
};
