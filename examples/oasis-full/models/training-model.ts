import { AdapterEncoder, type Encoder, TransformerEncoder } from 'oasis-embed/encoders';
import type { OnnxTrainer } from 'oasis-embed/onnx';
import type { EngineChoice } from 'oasis-embed/training';
import { studentOf } from '../options/training-options.js';
import {
  loraOptions,
  openBase,
  type StudentOptions,
  type StudentTexts,
  saveStudent,
  startingEncoder,
} from './starting-encoder.js';
import { headModel, type TextModel, tensorModel } from './text-model.js';

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

/** A head embeds texts that it has no vectors of by the model that it stands on, opened when one comes. */
const headWithBase = (head: AdapterEncoder, options: StudentOptions): TextModel => {
  let base: Promise<TextModel> | null = null;
  return {
    ...tensorModel(head),
    async embed(texts, role, settings) {
      base ??= openBase(options);
      return headModel(head, await base).embed(texts, role, settings);
    },
    async close() {
      head.dispose();
      await (await base)?.close();
    },
  };
};

const onTensorFlow = (
  encoder: Encoder,
  options: StudentOptions,
  engine: EngineChoice | null,
): TrainingModel => ({
  ...(encoder instanceof AdapterEncoder ? headWithBase(encoder, options) : tensorModel(encoder, engine)),
  encoder,
  parameters: encoder.variables.reduce((sum, { size }) => sum + size, 0),
  save: (directory) => saveStudent(encoder, directory, options),
  async saveUpdates(directory, base) {
    if (options.training.loraRank === null || !(encoder instanceof TransformerEncoder)) return false;
    await encoder.saveAdapter(directory, base);
    return true;
  },
});

const onOnnxRuntime = async (
  folder: string,
  { training, models }: StudentOptions,
  engine: EngineChoice,
  seed: number,
): Promise<TrainingModel> => {
  const { OnnxEncoder, OnnxTrainer } = await import('oasis-embed/onnx');
  const { frozenLayers, maximumLength, queryPrompt, loraRank, dropout, recomputeLayers } = training;
  const encoder = await OnnxEncoder.load(folder, {
    device: models.device ?? 'cpu',
    ...(maximumLength === null ? {} : { maximumLength }),
    ...(queryPrompt === null ? {} : { queryPrompt }),
  });
  const trainer = await OnnxTrainer.create(encoder, {
    ...loraOptions(training, seed),
    frozenLayers,
    recomputeLayers,
    ...(dropout === null ? {} : { dropout }),
  });
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

/**
 * Opens what a run trains: a new subtoken bag, or what --student makes of the model that --encoder names, on the engine
 * that was selected.
 *
 * @param others Further texts that the model will be asked for, such as those of the validation set.
 */
export const openTrainingModel = async (
  texts: StudentTexts,
  options: StudentOptions,
  engine: EngineChoice | null,
  seed: number,
  others?: StudentTexts,
): Promise<TrainingModel> => {
  const { encoder: folder } = options.training;
  if (folder !== null && engine?.name === 'onnx') return onOnnxRuntime(folder, options, engine, seed);
  return onTensorFlow(await startingEncoder(texts, options, seed, others), options, engine);
};

/**
 * Opens the checkpoint that --encoder names and releases it again, so that an unusable folder is noticed before the stages
 * that precede training.
 */
export const checkTrainingModel = async (
  options: StudentOptions,
  engine: EngineChoice | null,
): Promise<void> => {
  const student = studentOf(options.training);
  if (student === 'bag') return;
  const model =
    student === 'encoder'
      ? await openTrainingModel({ queries: [], documents: [] }, options, engine, 0)
      : await openBase(options);
  await model.close();
};
