import { basename } from 'node:path';
import { type BackendName, type EngineChoice, selectEngine } from 'oasis-embed/training';
import { engineOf } from '../options/model-engine.js';
import type { RunOptions } from '../options/run-options.js';
import { studentOf } from '../options/training-options.js';
import { onDevice } from './select-engine.js';

const GPU_BACKENDS: readonly BackendName[] = ['tfjs-node-gpu', 'webgpu'];

/**
 * What trains the checkpoint that --encoder names; null where that is no transformer: bags, heads and
 * static encoders are for TensorFlow.js.
 *
 * `--model-engine auto` takes ONNX Runtime where it is installed, unless TensorFlow.js runs on a GPU, or worker threads are asked for.
 *
 * @throws Error with the reasons when no engine, or not the one asked for, trains such a model.
 */
export const selectTrainingEngine = async (
  { training, models }: Pick<RunOptions, 'training' | 'models'>,
  backend: BackendName,
): Promise<EngineChoice | null> => {
  const { encoder, workers, dropout, recomputeLayers } = training;
  const { device = 'cpu' } = models;
  if (encoder === null || studentOf(training) !== 'encoder') return null;
  const insists =
    device !== 'cpu'
      ? '--device'
      : recomputeLayers
        ? '--recompute-layers'
        : (dropout ?? 0) !== 0
          ? '--dropout'
          : null;
  if (insists !== null) {
    const other =
      models.engine === 'tfjs' ? '--model-engine tfjs' : workers > 0 ? '--training-workers' : null;
    if (other !== null) throw new Error(`${insists} is for ONNX Runtime, ${other} for TensorFlow.js`);
    // Before the stages that precede training: a device that is not there is found out now.
    return onDevice(await selectEngine(encoder, 'onnx'), engineOf(models));
  }
  if (models.engine === 'onnx' && workers > 0) {
    throw new Error(
      '--training-workers are threads of TensorFlow.js: ONNX Runtime (--model-engine onnx) has its own',
    );
  }
  const reason = GPU_BACKENDS.includes(backend)
    ? `the backend ${backend} has a GPU`
    : workers > 0
      ? '--training-workers are threads of TensorFlow.js'
      : null;
  if (models.engine !== 'auto' || reason === null) return selectEngine(encoder, models.engine);
  try {
    const choice = await selectEngine(encoder, 'tfjs');
    const passedOver = [{ name: 'onnx', reason, install: null } as const];
    return { ...choice, passedOver, summary: `${choice.summary}; not onnx: ${reason}` };
  } catch {
    return selectEngine(encoder, 'onnx');
  }
};

/** One line for people: what trains the run's checkpoint, and why. */
export const describeTrainingEngine = (encoder: string | null, engine: EngineChoice | null): string[] =>
  encoder === null || engine === null ? [] : [`${basename(encoder)} trains on ${engine.summary}`];
