import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { AdapterKind } from 'oasis-embed/encoders';
import type { DropoutRate, OnnxPrecision } from 'oasis-embed/onnx';
import {
  choice,
  type Declaration,
  defaultsOf,
  flagOf,
  isGiven,
  numeric,
  parsed,
  toggle,
  type ValuesOf,
  words,
} from './declaration.js';
import { isHubName, modelFromHere } from './from-here.js';
import { numberOption } from './number-option.js';
import { ownStudent } from './own-student.js';

const PRECISIONS: readonly OnnxPrecision[] = ['float32', 'float16', 'int8'];

/** Not part of the key: the export is a stage of its own. */
const onnxOption: Declaration<readonly OnnxPrecision[] | null> = {
  flags: '--onnx [precisions...]',
  help: 'also write model/onnx/ for transformers.js and ONNX Runtime; float16 and int8 weights with their measured loss (alone: float32)',
  choices: PRECISIONS,
  fallback: null,
  convert: (raw: true | readonly OnnxPrecision[]) =>
    raw === true ? ['float32'] : PRECISIONS.filter((name) => raw.includes(name)),
};

const dropoutRate = numberOption({ minimum: 0, below: 1 });

const dropoutOption = (text: string): DropoutRate => (text === 'config' ? 'config' : dropoutRate(text));

const count = { integer: true, minimum: 1 };
const orNone = { integer: true, minimum: 0 };
const inKey = { keys: ['training'] } as const;

/** What a run trains. */
export const studentKinds = ['bag', 'head', 'encoder', 'static'] as const;
export type StudentKind = (typeof studentKinds)[number];

/** How the model is trained, beyond what every run chooses. */
export const trainingDeclarations = {
  student: {
    ...words<StudentKind | null>(
      '--student <kind>',
      'what is trained: a new bag of subtokens, or from the model of --encoder a head over its vectors, the whole encoder, or a static one that starts from its tokens (default: what --encoder holds, else bag)',
      null,
      inKey,
    ),
    choices: studentKinds,
  },
  encoder: words<string | null>(
    '--encoder <model>',
    'a Hugging Face or sentence-transformers folder that the student starts from, or owner/name on the hub; or the model of an earlier run, such as runs/x/model, to train further',
    null,
    { convert: modelFromHere },
  ),
  head: choice<AdapterKind>(
    '--head <form>',
    'of --student head: x + xW, x + an MLP of x, or xW',
    ['residual', 'mlp', 'linear'],
    'residual',
    inKey,
  ),
  headRoles: choice(
    '--head-roles <how>',
    'whether docstrings and code have a head each or share one',
    ['separate', 'shared'],
    'separate',
    inKey,
  ),
  loraRank: numeric(
    '--lora-rank <r>',
    'train low-rank updates of the encoder instead of its weights',
    count,
    null,
    inKey,
  ),
  loraAlpha: numeric(
    '--lora-alpha <α>',
    'scales the updates by α / r (default: twice the rank)',
    { above: 0 },
    null,
    inKey,
  ),
  loraTargets: words<readonly string[] | null>(
    '--lora-targets <modules...>',
    'linear maps to update, such as query or q_proj, or all-linear (default: query and value)',
    null,
    inKey,
  ),
  frozenLayers: numeric(
    '--frozen-layers <n>',
    'number of lowest encoder layers to leave unchanged',
    orNone,
    0,
    inKey,
  ),
  maximumLength: numeric(
    '--maximum-length <tokens>',
    'maximum tokens per text for the encoder',
    count,
    null,
    inKey,
  ),
  dropout: parsed(
    '--dropout <rate>',
    'share of numbers that training drops, or config for what the model says; on ONNX Runtime alone (default: 0)',
    dropoutOption,
    null,
    inKey,
  ),
  // Computes the same.
  recomputeLayers: toggle(
    '--recompute-layers',
    'computes layers again on the way back, for long texts in little memory; on ONNX Runtime alone',
  ),
  queryPrompt: words('--query-prompt <text>', 'text placed before every query', null, inKey),
  onnx: onnxOption,
  infoNceForm: choice(
    '--infonce-form <form>',
    'InfoNCE as printed in the paper, or as computed by the released code',
    ['paper', 'released'],
    'paper',
    inKey,
  ),
  cosentGroups: choice(
    '--cosent-groups <which>',
    'pairs that CoSENT orders: all of a batch, as published, or only those of one query; query for weak labelers such as LSA',
    ['all', 'query'],
    'all',
    inKey,
  ),
  cosentMargin: numeric(
    '--cosent-margin <m>',
    'labels that differ by no more are not ordered; above 0 where a labeler’s small differences are noise',
    { minimum: 0, below: 1 },
    0,
    inKey,
  ),
  cosentNormalize: choice(
    '--cosent-normalize <how>',
    'takes the number of ordered pairs out of CoSENT: out of its value, or (mean) out of its gradient too',
    ['none', 'pairs', 'mean'],
    'none',
    inKey,
  ),
  cosentTemperature: numeric(
    '--cosent-temperature <τ>',
    'temperature of CoSENT alone (default: --temperature)',
    { above: 0 },
    null,
    inKey,
  ),
  labels: choice(
    '--labels <which>',
    'pairs that CoSENT orders by their labels: the sampled ones, or every docstring with every function of its batch, labeled by the teacher’s vectors',
    ['sampled', 'batch'],
    'sampled',
    inKey,
  ),
  positiveLabels: choice(
    '--positive-labels <where>',
    'where CoSENT puts positives: at their label, as published, or on top of all others',
    ['label', 'top'],
    'label',
    inKey,
  ),
  schedule: choice(
    '--schedule <shape>',
    'learning-rate schedule after the warm-up',
    ['constant', 'linear', 'cosine'],
    'linear',
    inKey,
  ),
  warmUpSteps: numeric(
    '--warm-up-steps <n>',
    'learning-rate warm-up (default: a twentieth of all steps)',
    orNone,
    null,
    inKey,
  ),
  weightDecay: numeric('--weight-decay <λ>', 'weight decay of AdamW, decoupled', { minimum: 0 }, 0.01, inKey),
  epsilon: numeric('--epsilon <ε>', 'epsilon of AdamW', { above: 0 }, 1e-8, inKey),
  accumulate: numeric('--accumulate <n>', 'batches averaged into one step', count, 1, inKey),
  chunkSize: numeric(
    '--chunk-size <texts>',
    'texts differentiated at a time, to save memory (default: all)',
    count,
    null,
    inKey,
  ),
  workers: numeric('--training-workers <n>', 'worker threads that share each batch', orNone, 0, inKey),
  batchPositives: numeric(
    '--batch-positives <n>',
    'maximum functions per docstring in a batch, where many share it',
    count,
    64,
    inKey,
  ),
  evaluateEvery: numeric(
    '--evaluate-every <steps>',
    'steps between evaluations on the validation set (default: one epoch)',
    count,
    null,
    inKey,
  ),
  // How often checkpoints are written does not change the result.
  checkpointEvery: numeric(
    '--checkpoint-every <steps>',
    'steps between checkpoints: the most that a killed run loses',
    count,
    1000,
  ),
  // Ranked again at every evaluation: some seconds each with a small encoder.
  validationFunctions: numeric(
    '--validation-functions <n>',
    'maximum held-out functions for choosing the best step: whole repositories, drawn by the seed',
    count,
    10_000,
    inKey,
  ),
};

export type TrainingOptions = ValuesOf<typeof trainingDeclarations>;

export const trainingDefaults: TrainingOptions = defaultsOf(trainingDeclarations);

/** What is trained, where --student does not say it. */
export const studentOf = ({ student, encoder }: Pick<TrainingOptions, 'student' | 'encoder'>): StudentKind =>
  student ?? (encoder === null ? 'bag' : (ownStudent(encoder) ?? 'encoder'));

/** What a student takes from the model of --encoder. */
const STARTS: Readonly<Record<Exclude<StudentKind, 'bag'>, string>> = {
  head: 'the model whose vectors the head reads',
  encoder: 'the model to train on',
  static: 'the model whose tokens the vectors start from',
};

const OF_TRANSFORMERS = ['loraRank', 'frozenLayers', 'maximumLength', 'dropout', 'recomputeLayers'] as const;

/** What other students have nothing of. */
const BELONGS: readonly (readonly [readonly (keyof TrainingOptions)[], readonly StudentKind[], string])[] = [
  [['head', 'headRoles'], ['head'], '--student head'],
  [[...OF_TRANSFORMERS, 'onnx'], ['encoder'], '--student encoder'],
  [['queryPrompt'], ['encoder', 'head'], '--student encoder or head'],
];

const refuseAlone = (command: Command, names: readonly (keyof TrainingOptions)[], because: string): void => {
  const given = names.find((name) => isGiven(command, trainingDeclarations[name]));
  if (given !== undefined) throw new Error(`${flagOf(trainingDeclarations[given])} needs ${because}`);
};

/**
 * Checks what depends on several flags.
 *
 * @throws Error when a flag needs --encoder, --student or --lora-rank, or the encoder's folder holds no model.
 */
export const checkTrainingOptions = (command: Command, options: TrainingOptions): TrainingOptions => {
  const { encoder } = options;
  const student = studentOf(options);
  if (encoder === null) {
    if (student !== 'bag') throw new Error(`--student ${student} needs --encoder: ${STARTS[student]}`);
    const ofEncoders = [...OF_TRANSFORMERS, 'queryPrompt', 'onnx'] as const;
    refuseAlone(command, ofEncoders, '--encoder: a subtoken bag has nothing of the kind');
  } else if (student === 'bag' && ownStudent(encoder) !== 'bag') {
    throw new Error(`--student bag takes no --encoder, received ${encoder}: a new bag starts from the texts`);
  } else if (student !== 'head' && ownStudent(encoder) !== null && ownStudent(encoder) !== student) {
    throw new Error(
      `--student ${student} cannot start from ${encoder}, which holds the model of --student ${ownStudent(encoder)}`,
    );
  } else if (!isHubName(encoder) && !existsSync(join(encoder, 'config.json'))) {
    throw new Error(`--encoder: expected a folder with config.json, received ${encoder}`);
  }
  for (const [names, students, flag] of BELONGS) {
    if (!students.includes(student)) refuseAlone(command, names, flag);
  }
  if (!isGiven(command, trainingDeclarations.loraRank))
    refuseAlone(command, ['loraAlpha', 'loraTargets'], '--lora-rank, which asks for low-rank updates');
  return options;
};
