import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option, type OptionValues } from 'commander';
import { numberOption } from '../options/number-option.js';
import {
  paperEncoderPreset,
  paperPreset,
  type TrainingOptions,
  trainingDefaults,
} from '../options/training-options.js';
import { fromHere } from './paths.js';

const count = numberOption({ integer: true, minimum: 1 });
const orNone = numberOption({ integer: true, minimum: 0 });

/** The flags of {@link TrainingOptions}, in a group of their own. */
export const addTrainingFlags = (command: Command): Command =>
  command
    .optionsGroup('Training:')
    .addOption(
      new Option('--preset <name>', 'the published hyper-parameters; flags given beside it win').choices([
        'paper',
      ] as const),
    )
    .option(
      '--encoder <dir>',
      'a Hugging Face or sentence-transformers folder to train on (default: a new subtoken bag)',
    )
    .option('--lora-rank <r>', 'train low-rank updates of the encoder in the place of its weights', count)
    .option(
      '--lora-alpha <α>',
      'scales the updates by α / r (default: twice the rank)',
      numberOption({ above: 0 }),
    )
    .option(
      '--lora-targets <modules...>',
      'linear maps that get one, such as query or q_proj, or all-linear (default: query and value)',
    )
    .option('--frozen-layers <n>', 'lowest layers of the encoder that stay as they are', orNone)
    .option('--maximum-length <tokens>', 'the longest text of the encoder', count)
    .option('--query-prompt <text>', 'put before every query of the encoder')
    .addOption(
      new Option('--infonce-form <form>', 'as the paper prints it, or as the released code computes it')
        .choices(['paper', 'released'] as const)
        .default(trainingDefaults.infoNceForm),
    )
    .addOption(
      new Option('--schedule <shape>', 'of the learning rate after the warm-up')
        .choices(['constant', 'linear', 'cosine'] as const)
        .default(trainingDefaults.schedule),
    )
    .option('--warm-up-steps <n>', 'of the learning rate (default: a twentieth of all steps)', orNone)
    .option(
      '--weight-decay <λ>',
      'of AdamW, decoupled',
      numberOption({ minimum: 0 }),
      trainingDefaults.weightDecay,
    )
    .option('--epsilon <ε>', 'of AdamW', numberOption({ above: 0 }), trainingDefaults.epsilon)
    .option('--accumulate <n>', 'batches whose mean gradient is one step', count, trainingDefaults.accumulate)
    .option('--chunk-size <texts>', 'texts differentiated at a time, to save memory (default: all)', count)
    .option(
      '--training-workers <n>',
      'worker threads that share each batch',
      orNone,
      trainingDefaults.workers,
    )
    .option(
      '--batch-positives <n>',
      'functions that a docstring brings into a batch, where many share it',
      count,
      trainingDefaults.batchPositives,
    )
    .option('--evaluate-every <steps>', 'looks at the validation set (default: once an epoch)', count)
    .option(
      '--checkpoint-every <steps>',
      'what a killed training loses at most',
      count,
      trainingDefaults.checkpointEvery,
    )
    .option(
      '--validation-functions <n>',
      'held-out functions at most that choose the best step: whole repositories, drawn by the seed',
      count,
      trainingDefaults.validationFunctions,
    );

/** Puts the preset's values where the command line and the environment say nothing. */
export const applyPreset = (command: Command): void => {
  if (command.getOptionValue('preset') !== 'paper') return;
  const isGiven = (name: string) => ![undefined, 'default'].includes(command.getOptionValueSource(name));
  const values = {
    ...paperPreset,
    ...(command.getOptionValue('encoder') === undefined ? {} : paperEncoderPreset),
  };
  for (const [name, value] of Object.entries(values)) {
    if (!isGiven(name)) command.setOptionValueWithSource(name, value, 'config');
  }
};

/** What commander makes of those flags. */
interface TrainingFlags {
  readonly preset?: 'paper';
  readonly encoder?: string;
  readonly loraRank?: number;
  readonly loraAlpha?: number;
  readonly loraTargets?: readonly string[];
  readonly frozenLayers?: number;
  readonly maximumLength?: number;
  readonly queryPrompt?: string;
  readonly infonceForm: TrainingOptions['infoNceForm'];
  readonly schedule: TrainingOptions['schedule'];
  readonly warmUpSteps?: number;
  readonly weightDecay: number;
  readonly epsilon: number;
  readonly accumulate: number;
  readonly chunkSize?: number;
  readonly trainingWorkers: number;
  readonly batchPositives: number;
  readonly evaluateEvery?: number;
  readonly checkpointEvery: number;
  readonly validationFunctions: number;
}

/**
 * The flags of training as one object, and the rest.
 *
 * @throws Error when a flag needs --encoder or its folder holds no model.
 */
export const takeTrainingFlags = (flags: OptionValues) => {
  const {
    preset: _preset,
    encoder,
    loraRank = null,
    loraAlpha = null,
    loraTargets = null,
    frozenLayers,
    maximumLength = null,
    queryPrompt = null,
    infonceForm,
    schedule,
    warmUpSteps = null,
    weightDecay,
    epsilon,
    accumulate,
    chunkSize = null,
    trainingWorkers: workers,
    batchPositives,
    evaluateEvery = null,
    checkpointEvery,
    validationFunctions,
    ...rest
  } = flags as TrainingFlags & OptionValues;
  if (encoder === undefined) {
    for (const [name, value] of Object.entries({
      '--lora-rank': loraRank,
      '--frozen-layers': frozenLayers ?? null,
      '--maximum-length': maximumLength,
      '--query-prompt': queryPrompt,
    })) {
      if (value !== null) throw new Error(`${name} needs --encoder: a subtoken bag has nothing of the kind`);
    }
  }
  const folder = encoder === undefined ? null : fromHere(encoder);
  if (folder !== null && !existsSync(join(folder, 'config.json'))) {
    throw new Error(`--encoder: expected a folder with config.json, received ${folder}`);
  }
  if (loraRank === null) {
    for (const [name, value] of Object.entries({
      '--lora-alpha': loraAlpha,
      '--lora-targets': loraTargets,
    })) {
      if (value !== null) throw new Error(`${name} needs --lora-rank, which asks for low-rank updates`);
    }
  }
  const training: TrainingOptions = {
    encoder: folder,
    loraRank,
    loraAlpha,
    loraTargets,
    frozenLayers: frozenLayers ?? trainingDefaults.frozenLayers,
    maximumLength,
    queryPrompt,
    infoNceForm: infonceForm,
    schedule,
    warmUpSteps,
    weightDecay,
    epsilon,
    accumulate,
    chunkSize,
    workers,
    batchPositives,
    evaluateEvery,
    checkpointEvery,
    validationFunctions,
  };
  return { training, rest };
};
