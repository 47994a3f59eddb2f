import { encodeTexts } from 'oasis-embed/encoders';
import { selectBackend } from 'oasis-embed/training';
import { loadEncoder } from '../models/load-encoder.js';

/** The model of a run, as far as a search needs it. */
export interface QueryEncoder {
  readonly kind: string;
  readonly dimensions: number;
  /** A vector of unit length, or zeros for a text that holds nothing the model reads. */
  encode(question: string): Promise<Float32Array>;
}

/** Loads a run's model for questions, on the backend that is ready first for one short text. */
export const loadQueryEncoder = async (folder: string): Promise<QueryEncoder> => {
  await selectBackend('cpu');
  const encoder = await loadEncoder(folder);
  return {
    kind: encoder.kind,
    dimensions: encoder.dimensions,
    encode: async (question) => (await encodeTexts(encoder, [question], 'query')).data,
  };
};
