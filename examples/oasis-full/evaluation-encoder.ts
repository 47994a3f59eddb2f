import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextEncoder } from 'oasis-embed/benchmarks';
import { type Encoder, encodeTexts, SubtokenBagEncoder, TransformerEncoder } from 'oasis-embed/encoders';

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

/** This project's own kinds by their name in config.json; a checkpoint of the hub, which has none, is a transformer. */
const loadModel = async (directory: string, { queryPrompt }: EvaluationEncoderOptions): Promise<Encoder> => {
  const path = join(directory, 'config.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Error(`${directory} must be the folder of a model, with config.json in it`);
  });
  let config: { readonly kind?: unknown };
  try {
    config = JSON.parse(text) as typeof config;
  } catch (error) {
    throw new SyntaxError(`${path}: not valid JSON: ${(error as Error).message}`);
  }
  if (config.kind === 'subtoken-bag') return SubtokenBagEncoder.load(directory);
  return TransformerEncoder.load(directory, {
    frozenLayers: 'all',
    ...(queryPrompt === null ? {} : { queryPrompt }),
  });
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
