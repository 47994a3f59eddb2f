import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TextEncoder } from 'oasis-embed/benchmarks';
import type { EngineChoice } from 'oasis-embed/training';
import { isOnnxFile } from '../models/onnx-file.js';
import { loadTextModel, modelKind, type TextModel } from '../models/text-model.js';
import type { ModelEngine } from '../options/model-engine.js';

/** A model read from its folder, as a benchmark asks it. */
export interface EvaluationEncoder extends TextEncoder {
  readonly kind: string;
  readonly dimensions: number;
  /** What runs it and why; null where there is no choice. */
  readonly engine: EngineChoice | null;
  close(): Promise<void>;
}

export interface EvaluationEncoderOptions {
  readonly batchSize: number;
  /** What stands before each query, where the model's own files do not say it. */
  readonly queryPrompt: string | null;
  /** What runs a transformer. */
  readonly engine: ModelEngine;
}

const loadModel = async (
  directory: string,
  { queryPrompt, engine }: EvaluationEncoderOptions,
): Promise<TextModel> => {
  if (!isOnnxFile(directory) && !existsSync(join(directory, 'config.json'))) {
    throw new Error(`${directory} must be the folder of a model, with config.json in it, or an ONNX file`);
  }
  const kind = modelKind(directory);
  if (queryPrompt !== null && kind !== 'transformer') {
    throw new RangeError(`--query-prompt does not apply: ${directory} is a ${kind}, which takes no prompt`);
  }
  return loadTextModel(directory, { engine, queryPrompt });
};

export const loadEvaluationEncoder = async (
  directory: string,
  options: EvaluationEncoderOptions,
): Promise<EvaluationEncoder> => {
  const { batchSize } = options;
  const model = await loadModel(directory, options);
  return {
    kind: model.kind,
    dimensions: model.dimensions,
    engine: model.engine,
    embedQueries: (texts) => model.embed(texts, 'query', { batchSize }),
    embedDocuments: (texts) => model.embed(texts, 'document', { batchSize }),
    close: () => model.close(),
  };
};
