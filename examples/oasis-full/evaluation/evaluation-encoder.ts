import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TextEncoder } from 'oasis-embed/benchmarks';
import { type Encoder, encodeTexts, TransformerEncoder } from 'oasis-embed/encoders';
import { loadEncoder, modelKind } from '../models/load-encoder.js';

/** A model read from its folder, as a benchmark asks it. */
export interface EvaluationEncoder extends TextEncoder {
  readonly kind: string;
  readonly dimensions: number;
  dispose(): void;
}

export interface EvaluationEncoderOptions {
  readonly batchSize: number;
  /** What stands before each query, where the model's own files do not say it. */
  readonly queryPrompt: string | null;
}

const loadModel = async (directory: string, { queryPrompt }: EvaluationEncoderOptions): Promise<Encoder> => {
  if (!existsSync(join(directory, 'config.json'))) {
    throw new Error(`${directory} must be the folder of a model, with config.json in it`);
  }
  if (queryPrompt === null) return loadEncoder(directory);
  const kind = modelKind(directory);
  if (kind !== 'transformer') {
    throw new RangeError(`--query-prompt does not apply: ${directory} is a ${kind}, which takes no prompt`);
  }
  return TransformerEncoder.load(directory, { frozenLayers: 'all', queryPrompt });
};

export const loadEvaluationEncoder = async (
  directory: string,
  options: EvaluationEncoderOptions,
): Promise<EvaluationEncoder> => {
  const { batchSize } = options;
  const encoder = await loadModel(directory, options);
  return {
    kind: encoder.kind,
    dimensions: encoder.dimensions,
    embedQueries: (texts) => encodeTexts(encoder, texts, 'query', { batchSize }),
    embedDocuments: (texts) => encodeTexts(encoder, texts, 'document', { batchSize }),
    dispose: () => encoder.dispose(),
  };
};
