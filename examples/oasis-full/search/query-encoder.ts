import type { EngineChoice } from 'oasis-embed/training';
import { loadTextModel, mayNeedTensors } from '../models/text-model.js';
import type { ModelEngine } from '../options/model-engine.js';

/** The model of a run, as far as a search needs it. */
export interface QueryEncoder {
  readonly kind: string;
  readonly dimensions: number;
  /** What runs a transformer and why; null for other models. */
  readonly engine: EngineChoice | null;
  /** A vector of unit length, or zeros for a text that holds nothing the model reads. */
  encode(question: string): Promise<Float32Array>;
  close(): Promise<void>;
}

/** Loads a run's model for questions, on the backend that is ready first for one short text. */
export const loadQueryEncoder = async (folder: string, engine?: ModelEngine): Promise<QueryEncoder> => {
  if (mayNeedTensors(folder)) await (await import('oasis-embed/training')).selectBackend('cpu');
  const model = await loadTextModel(folder, { engine });
  return {
    kind: model.kind,
    dimensions: model.dimensions,
    engine: model.engine,
    encode: async (question) => (await model.embed([question], 'query')).data,
    close: () => model.close(),
  };
};
