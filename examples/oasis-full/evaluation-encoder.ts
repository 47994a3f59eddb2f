import type { TextEncoder } from 'oasis-embed/benchmarks';
import { encodeTexts, SubtokenBagEncoder } from 'oasis-embed/encoders';

/** A model read from its folder, as a benchmark asks it. */
export interface EvaluationEncoder extends TextEncoder {
  readonly kind: string;
  readonly dimensions: number;
  dispose(): void;
}

export const loadEvaluationEncoder = async (
  directory: string,
  batchSize: number,
): Promise<EvaluationEncoder> => {
  const encoder = await SubtokenBagEncoder.load(directory);
  return {
    kind: encoder.kind,
    dimensions: encoder.dimensions,
    embedQueries: (texts) => encodeTexts(encoder, texts, 'query', { batchSize }),
    embedDocuments: (texts) => encodeTexts(encoder, texts, 'document', { batchSize }),
    dispose: () => encoder.dispose(),
  };
};
