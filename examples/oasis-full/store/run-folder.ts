import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The files of one run, by what they hold. Everything below `stages/` is bookkeeping; the rest is for people. */
export const files = {
  run: 'run.json',
  functions: 'functions.jsonl',
  corpusCodes: 'corpus-codes.texts',
  docstrings: 'annotation/docstrings.jsonl',
  vectors: 'annotation/vectors',
  dataset: 'dataset.jsonl',
  datasetParquet: 'dataset',
  mixture: 'mixture.json',
  refinement: 'refinement.jsonl',
  trainingTexts: 'training-texts',
  model: 'model',
  modelOnnx: 'model/onnx',
  untrainedModel: 'model-untrained',
  adapter: 'adapter',
  checkpoints: 'checkpoints',
  curve: 'training-curve.jsonl',
  logs: 'logs',
  evaluation: 'evaluation.json',
  crossValidation: 'cross-validation.json',
  folds: 'folds',
  finalModel: 'final-fit/model',
  ablation: 'ablation.json',
  ablationCells: 'ablation',
  indexManifest: 'index/index.json',
  indexWords: 'index/words.bin',
  indexVectors: 'index/vectors.safetensors',
  indexQuantized: 'index/quantized.safetensors',
  indexFunctions: 'index/functions.jsonl',
  report: 'report.html',
  modelCard: 'README.md',
} as const;

/** The folder of a run that holds what its models answered. */
const MODEL_CACHE = 'model-cache';
/** What it was called before `model/` and `models/` stood beside each other. */
const EARLIER_MODEL_CACHE = 'models';

/** Says which process works on a run's folder. */
export const LOCK = '.lock';

/** Where a run keeps what its models answered; a folder made under the earlier name stays in use. */
export const modelCacheOf = (root: string): string => {
  const earlier = join(root, EARLIER_MODEL_CACHE);
  return existsSync(earlier) ? earlier : join(root, MODEL_CACHE);
};

/** Empties a run's folder, but for its lock and the answers of models: those were paid for, and are found by their questions. */
export const removeResults = async (root: string): Promise<void> => {
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    if ([MODEL_CACHE, EARLIER_MODEL_CACHE, LOCK].includes(name)) continue;
    await rm(join(root, name), { recursive: true, force: true });
  }
};

/** Binds the names of `files` to one folder. */
export const createRunFolder = (root: string) => ({
  root,
  path: (file: keyof typeof files) => join(root, files[file]),
  /** The place of a path that a shard left. */
  at: (relative: string) => join(root, relative),
  marker: (stage: string) => join(root, 'stages', `${stage}.json`),
});

export type RunFolder = ReturnType<typeof createRunFolder>;
