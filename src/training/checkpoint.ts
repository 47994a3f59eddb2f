import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type NamedTensor, readSafetensors, type TextList, writeSafetensors } from '../encoders/index.js';
import { writeFolder } from '../numerics/index.js';
import type { OasisDataset } from './oasis-dataset.js';
import { type HistoryExtent, StepHistory } from './step-history.js';
import type { TrainedState, Weights } from './trainable-model.js';
import type { TrainingSettings, ValidationSet } from './training-options.js';
import type { EvaluationRecord, StepRecord } from './training-records.js';

/** What a run needs, besides weights and moments, to resume as if it had never stopped. */
export interface Progress {
  readonly steps: StepRecord[];
  readonly evaluations: EvaluationRecord[];
  best: EvaluationRecord | null;
  sinceBest: number;
  stopped: 'epochs' | 'patience' | null;
}

/** That of a run that has done nothing yet. */
export const newProgress = (): Progress => ({
  steps: [],
  evaluations: [],
  best: null,
  sinceBest: 0,
  stopped: null,
});

const digest = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hashValues = ({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array | Uint8Array): string =>
  digest(new Uint8Array(buffer, byteOffset, byteLength));

const hashTexts = (texts: TextList): string => {
  if (texts.fingerprint !== undefined) return texts.fingerprint;
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:${text}`);
  return hash.digest('hex');
};

/** Names a run by everything its curve depends on: settings, model, data. */
export const runFingerprint = (
  { kind, fingerprint, engine, shapes }: Pick<TrainedState, 'kind' | 'fingerprint' | 'engine' | 'shapes'>,
  dataset: OasisDataset,
  settings: TrainingSettings,
  validation: ValidationSet | undefined,
): string => {
  const { pairs } = dataset;
  return JSON.stringify({
    settings,
    encoder: { kind, fingerprint, engine, variables: [...shapes] },
    data: [hashTexts(dataset.queries), hashTexts(dataset.documents)],
    pairs: [
      // One fingerprint for the same pairs, whatever arrays hold them.
      pairs.query instanceof Uint32Array ? pairs.query : Uint32Array.from(pairs.query),
      pairs.document instanceof Uint32Array ? pairs.document : Uint32Array.from(pairs.document),
      pairs.similarity instanceof Float32Array ? pairs.similarity : Float32Array.from(pairs.similarity),
      pairs.positive instanceof Uint8Array ? pairs.positive : Uint8Array.from(pairs.positive, Number),
    ].map(hashValues),
    ...(settings.labels === 'batch' && dataset.teacher !== undefined
      ? {
          teacher: [
            dataset.teacher.scale ?? 1,
            dataset.teacher.offset ?? 0,
            ...[dataset.teacher.queries, dataset.teacher.documents].map(({ data }) => hashValues(data)),
          ],
        }
      : {}),
    validation: validation && [
      hashTexts(validation.queries),
      hashTexts(validation.documents),
      digest(JSON.stringify(validation.relevant)),
    ],
  });
};

const checkpointPath = (directory: string) => join(directory, 'checkpoint.safetensors');

/** Opens the history of a new run, or of one that resumes from a checkpoint covering part of it. */
const historyOf = (directory: string, extent?: HistoryExtent) =>
  new StepHistory(join(directory, 'steps.jsonl'), extent);

/** What is kept of the progress beside its steps, which have a file of their own. */
type KeptProgress = Omit<Progress, 'steps'> & { readonly history: HistoryExtent };

const prefixed = (prefix: string, weights: Weights): [string, NamedTensor][] =>
  [...weights].map(([name, tensor]) => [`${prefix}/${name}`, tensor]);

/** The new steps, then one file, replaced whole: weights, best weights and both moments. */
export const saveCheckpoint = async (
  directory: string,
  history: StepHistory,
  fingerprint: string,
  model: TrainedState,
  progress: Progress,
  bestWeights: Weights | null,
): Promise<string> => {
  await mkdir(directory, { recursive: true });
  const tensors = new Map([
    ...prefixed('weights', await model.takeWeights()),
    ...prefixed('best', bestWeights ?? new Map()),
    ...prefixed('moments', await model.moments()),
  ]);
  const { steps, ...rest } = progress;
  const kept: KeptProgress = { ...rest, history: await history.append(steps) };
  await writeSafetensors(checkpointPath(directory), tensors, { fingerprint, progress: JSON.stringify(kept) });
  return checkpointPath(directory);
};

/** What a run that was killed while it saved left beside its files. */
const removeLeftOvers = async (directory: string): Promise<void> => {
  for (const name of await readdir(directory)) {
    if (!/^(\.+best|checkpoint\.safetensors)\..*\.tmp$/.test(name)) continue;
    await rm(join(directory, name), { recursive: true, force: true });
  }
};

/**
 * The best model so far as a folder `best/` that replaces the one before it: by one rename, since two states of a model
 * differ in one file.
 *
 * @param model Holds the weights of the last step, and does so again at the end.
 */
export const saveBestModel = async (
  directory: string,
  model: TrainedState,
  progress: Progress,
  bestWeights: Weights,
): Promise<void> => {
  await removeLeftOvers(directory);
  const last = progress.best?.step === progress.steps.length ? null : await model.takeWeights();
  if (last !== null) await model.putWeights(bestWeights);
  try {
    await writeFolder(join(directory, 'best'), (temporary) => model.save(temporary));
  } finally {
    if (last !== null) await model.putWeights(last);
  }
};

/**
 * The step whose model `best/` holds for sure, after a checkpoint was read; null when a kill may have come between the two.
 */
export const bestModelStep = async (directory: string, { best, steps }: Progress): Promise<number | null> =>
  // The folder is written after the checkpoint: only what the last one found best may be missing in it.
  best !== null && best.step !== steps.length && (await isThere(join(directory, 'best'))) ? best.step : null;

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const differences = (stored: string, wanted: string): string => {
  const describe = (text: string) => {
    const { settings, ...rest } = JSON.parse(text) as Record<string, Record<string, unknown>>;
    return { ...settings, ...rest } as Record<string, unknown>;
  };
  const before = describe(stored);
  const now = describe(wanted);
  return Object.keys(now)
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(now[key]))
    .join(', ');
};

/** What a folder of checkpoints holds of a run. */
export interface RestoredRun {
  readonly history: StepHistory;
  readonly progress: Progress;
  readonly bestWeights: Weights | null;
}

/**
 * Puts a stored run back into the model and its optimizer.
 *
 * @returns Its progress and best weights: those of a run that starts when the folder holds no checkpoint.
 * @throws Error when the checkpoint is of another run, naming what differs.
 */
export const restoreCheckpoint = async (
  directory: string,
  fingerprint: string,
  model: TrainedState,
): Promise<RestoredRun> => {
  const path = checkpointPath(directory);
  if (!(await isThere(path)))
    return { history: historyOf(directory), progress: newProgress(), bestWeights: null };
  const { tensors, metadata } = await readSafetensors(path);
  const { fingerprint: stored, progress: text } = metadata;
  if (stored === undefined || text === undefined) throw new Error(`${path} is not a training checkpoint`);
  if (stored !== fingerprint) {
    throw new Error(
      `${path} belongs to another run (different: ${differences(stored, fingerprint)}): ` +
        'choose another checkpointDirectory or delete it',
    );
  }
  const under = (prefix: string) =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(`${prefix}/`))
        .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
    );
  const { history: extent, ...rest } = JSON.parse(text) as KeptProgress;
  const history = historyOf(directory, extent);
  const progress = { ...rest, steps: await history.read() };
  await model.putWeights(under('weights'));
  await model.putMoments(under('moments'));
  const best = under('best');
  return { history, progress, bestWeights: best.size > 0 ? best : null };
};
