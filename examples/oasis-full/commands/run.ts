import type { Command } from 'commander';
import { addOptions, readOptions } from '../options/declaration.js';
import { engineDeclarations } from '../options/engine-options.js';
import { engineOf } from '../options/model-engine.js';
import { modelHeadings } from '../options/model-flags.js';
import { modelsInUse } from '../options/models-in-use.js';
import { applyPreset, presetDeclarations } from '../options/paper-preset.js';
import { isDryRun, readModelOptions } from '../options/read-model-options.js';
import { type RunOptions, recipeDeclarations } from '../options/run-options.js';
import { checkTrainingOptions, trainingDeclarations } from '../options/training-options.js';
import { requireWritable } from '../store/require-writable.js';

/** The options of a run, under the headings of its help. */
export const addRunOptions = (command: Command): Command => {
  addOptions(command, recipeDeclarations);
  addOptions(command, engineDeclarations, 'Where it runs:');
  addOptions(command, { ...presetDeclarations, ...trainingDeclarations }, 'Training:');
  for (const [heading, declarations] of Object.entries(modelHeadings))
    addOptions(command, declarations, heading);
  return command;
};

/**
 * The options of a run that a command line asks for.
 *
 * @throws Error naming a flag that another needs, or that has no sense beside it.
 */
export const readRunOptions = (command: Command): RunOptions => {
  applyPreset(command);
  const options: RunOptions = {
    ...readOptions(command, recipeDeclarations),
    models: readModelOptions(command),
    training: checkTrainingOptions(command, readOptions(command, trainingDeclarations)),
  };
  const { embedders, embeddingModels, device } = options.models;
  const uses = modelsInUse(options.models);
  const isServed = options.training.encoder !== null || uses.localEmbedding || uses.crossEncoding;
  if (options.folds === 1 || options.folds === 2)
    throw new Error(`--folds must be 0 or at least 3, received ${options.folds}`);
  // Contradictions are said now, not when the first model is opened.
  engineOf(options.models);
  if (device !== 'cpu' && !isServed) {
    throw new Error('--device needs a transformer: --encoder, --embedder or --teacher-cross-encoder');
  }
  const ranks = options.teacherScale === 'rank' && embedders.length + embeddingModels.length > 1;
  if (ranks && options.training.labels === 'batch') {
    throw new Error('--labels batch needs --teacher-scale none or z-score: ranks are those of sampled pairs');
  }
  return options;
};

export const addRunCommand = (program: Command): void => {
  const command = program
    .command('run', { isDefault: true })
    .description(
      'run the pipeline; an interrupted run resumes where it left off, and a run with other options redoes only what they change',
    );
  addRunOptions(command).action(async () => {
    const options = readRunOptions(command);
    const engineOptions = readOptions(command, engineDeclarations);
    requireWritable(options.out);
    const { whileLocked } = await import('../store/run-lock.js');
    if (isDryRun(command)) {
      const { dryRun } = await import('../pipeline/dry-run.js');
      return whileLocked(options.out, 'run --dry-run', () => dryRun(options, engineOptions));
    }
    const { withGuidance } = await import('../models/guidance.js');
    const { withModelFolders } = await import('../models/model-folders.js');
    const { runPipeline } = await import('../pipeline/run-pipeline.js');
    try {
      const local = await withModelFolders(options);
      await whileLocked(options.out, 'run', () => runPipeline(local, engineOptions));
    } catch (error) {
      throw withGuidance(error);
    }
  });
};
