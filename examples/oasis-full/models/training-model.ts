import { type Encoder, TransformerEncoder } from 'oasis-embed/encoders';
import type { OnnxTrainer } from 'oasis-embed/onnx';
import type { EngineChoice, OasisDataset } from 'oasis-embed/training';
import type { RunOptions } from '../options/run-options.js';
import { loraOptions, startingEncoder } from './starting-encoder.js';
import { type TextModel, tensorModel } from './text-model.js';

/** The model that a run trains, whatever runs it. */
export interface TrainingModel extends TextModel {
  /** What `trainOasis` takes. */
  readonly encoder: Encoder | OnnxTrainer;
  /** Numbers that training may change. */
  readonly parameters: number;
  /** Whole, with low-rank updates merged. */
  save(directory: string): Promise<void>;
  /** The low-rank updates on their own, as PEFT has them; false where there are none. */
  saveUpdates(directory: string, base: string): Promise<boolean>;
}

type ModelOptions = Pick<RunOptions, 'dimensions' | 'training'>;

const onTensorFlow = (encoder: Encoder, engine: EngineChoice | null, hasUpdates: boolean): TrainingModel => ({
  ...tensorModel(encoder, engine),
  encoder,
  parameters: encoder.variables.reduce((sum, { size }) => sum + size, 0),
  save: (directory) => encoder.save(directory),
  async saveUpdates(directory, base) {
    if (!hasUpdates || !(encoder instanceof TransformerEncoder)) return false;
    await encoder.saveAdapter(directory, base);
    return true;
  },
});

const onOnnxRuntime = async (
  folder: string,
  { training }: ModelOptions,
  engine: EngineChoice,
  seed: number,
): Promise<TrainingModel> => {
  const { OnnxEncoder, OnnxTrainer } = await import('oasis-embed/onnx');
  const { frozenLayers, maximumLength, queryPrompt, loraRank } = training;
  const encoder = await OnnxEncoder.load(folder, {
    ...(maximumLength === null ? {} : { maximumLength }),
    ...(queryPrompt === null ? {} : { queryPrompt }),
  });
  const trainer = await OnnxTrainer.create(encoder, { ...loraOptions(training, seed), frozenLayers });
  return {
    kind: 'transformer',
    dimensions: encoder.dimensions,
    engine,
    encoder: trainer,
    parameters: [...trainer.shapes.values()].reduce(
      (sum, shape) => sum + shape.reduce((product, size) => product * size, 1),
      0,
    ),
    embed: (texts, role, { signal } = {}) => trainer.encode(encoder.tokenize(texts, role), signal),
    save: (directory) => trainer.save(directory),
    async saveUpdates(directory, base) {
      if (loraRank === null) return false;
      await trainer.saveAdapter(directory, base);
      return true;
    },
    async close() {
      await trainer.close();
      await encoder.close();
    },
  };
};

/** Opens what a run trains: a new subtoken bag, or the checkpoint that --encoder names on the engine that was selected. */
export const openTrainingModel = async (
  dataset: Pick<OasisDataset, 'queries' | 'documents'>,
  options: ModelOptions,
  engine: EngineChoice | null,
  seed: number,
): Promise<TrainingModel> => {
  const { encoder: folder, loraRank } = options.training;
  if (folder !== null && engine?.name === 'onnx') return onOnnxRuntime(folder, options, engine, seed);
  const encoder = await startingEncoder(dataset, options, seed);
  return onTensorFlow(encoder, engine, folder !== null && loraRank !== null);
};

/**
 * Opens the checkpoint that --encoder names and releases it again, so that an unusable folder is noticed before the stages
 * that precede training.
 */
export const checkTrainingModel = async (
  options: ModelOptions,
  engine: EngineChoice | null,
): Promise<void> => {
  if (options.training.encoder === null) return;
  const model = await openTrainingModel({ queries: [], documents: [] }, options, engine, 0);
  await model.close();
};
