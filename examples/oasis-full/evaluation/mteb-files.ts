import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type MtebSubset, mtebResult, type TaskEvaluation } from 'oasis-embed/benchmarks';
import writeFileAtomic from 'write-file-atomic';
import type { ChosenTask } from './task-options.js';

/** What the model did on a task of MTEB, or on one of its subsets. */
export interface MtebEvaluation {
  readonly chosen: ChosenTask;
  readonly evaluation: TaskEvaluation;
}

export interface MtebModel {
  /** `owner/name`, or the name of a folder. */
  readonly name: string;
  readonly revision: string;
  readonly dimensions: number;
}

/** A name of a folder as MTEB makes it of a model's. */
const folderName = (name: string): string => name.replaceAll('/', '__').replaceAll(' ', '_');

/** MTEB takes only names with an owner. */
const mtebName = (name: string): string =>
  (name.includes('/') ? name : `local/${name}`).replace(/[^\w./-]+/g, '-');

/**
 * Writes results where MTEB looks for them, `<folder>/<model>/<revision>/<task>.json` with model_meta.json beside them.
 *
 * @returns The folder of the model's results.
 */
export const writeMtebFiles = async (
  folder: string,
  model: MtebModel,
  evaluations: readonly MtebEvaluation[],
  seconds: number,
): Promise<string> => {
  const name = mtebName(model.name);
  const target = join(folder, folderName(name), folderName(model.revision));
  await mkdir(target, { recursive: true });
  const tasks = new Map<string, MtebEvaluation[]>();
  for (const one of evaluations) {
    if (one.chosen.hub === null) continue;
    const { name: task } = one.chosen.hub.task;
    tasks.set(task, [...(tasks.get(task) ?? []), one]);
  }
  for (const parts of tasks.values()) {
    const { task } = parts[0]!.chosen.hub!;
    const subsets = parts.map(({ chosen, evaluation }): MtebSubset => {
      const { subset } = chosen.hub!;
      return {
        subset: subset ?? 'default',
        languages: subset === null ? task.languages : [`${subset}-Code`],
        ranks: evaluation.ranks,
        ...(evaluation.confidence && { confidence: evaluation.confidence }),
      };
    });
    const folderOfTask = basename(parts[0]!.chosen.folder);
    const result = mtebResult({
      task: task.name,
      // A snapshot of the hub's cache is named after its commit.
      revision: /^[0-9a-f]{40}$/.test(folderOfTask) ? folderOfTask : task.revision,
      splits: { [task.split]: subsets },
      seconds: (seconds * parts.length) / evaluations.length,
    });
    await writeFileAtomic(join(target, `${task.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
  const meta = {
    name,
    revision: model.revision,
    embed_dim: model.dimensions,
    similarity_fn_name: 'cosine',
    framework: [],
    languages: null,
    loader: null,
    release_date: null,
    n_parameters: null,
    memory_usage_mb: null,
    max_tokens: null,
    license: null,
    open_weights: null,
    public_training_code: null,
    public_training_data: null,
    reference: null,
    use_instructions: null,
    training_datasets: null,
  };
  await writeFileAtomic(join(target, 'model_meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
  return target;
};
