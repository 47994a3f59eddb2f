import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createRunFolder } from '../../store/run-folder.js';
import { publishedFiles } from '../recipe/published-dataset.js';
import { recordedOptions } from '../recorded-options.js';
import { sentenceTransformersScript } from './sentence-transformers-script.js';

export interface ExportTrainingOptions {
  readonly run: string;
  readonly out: string;
  /** A folder or a name on the hub; null for the one that the run started from. */
  readonly model: string | null;
}

/**
 * Writes what another trainer needs: the labeled pairs of a run, its settings, and a script for sentence-transformers.
 *
 * @returns The files written, by name.
 * @throws Error when the folder holds no dataset, or there is no model to start from.
 */
export const exportTraining = async ({ run, out, model }: ExportTrainingOptions): Promise<string[]> => {
  const folder = createRunFolder(run);
  if (!existsSync(folder.path('run')) || !existsSync(folder.path('datasetParquet'))) {
    throw new Error(`--run: expected the folder of a finished run, received ${run}`);
  }
  const options = recordedOptions(folder);
  const start = model ?? options.training.encoder;
  if (start === null) {
    throw new Error('--model is missing: the run started from no model, and the trainer needs one');
  }
  await mkdir(join(out, 'dataset'), { recursive: true });
  for (const file of publishedFiles(folder)) {
    const to = join(out, 'dataset', basename(file));
    await rm(to, { force: true });
    await link(file, to).catch(() => copyFile(file, to));
  }
  const settings = {
    model: start,
    temperature: options.temperature,
    weight_infonce: options.weightInfoNce,
    weight_cosent: options.weightCosent,
    negatives: Math.min(options.batchNegatives, options.negatives),
    batch: options.batchQueries,
    epochs: options.epochs,
    learning_rate: options.learningRate,
    weight_decay: options.training.weightDecay,
    schedule: options.training.schedule,
    maximum_length: options.training.maximumLength,
    seed: options.seed,
  };
  await writeFile(join(out, 'settings.json'), `${JSON.stringify(settings, null, 2)}\n`);
  await writeFile(join(out, 'train.py'), sentenceTransformersScript);
  return ['dataset/', 'settings.json', 'train.py'];
};
