import type { PairScorer } from 'oasis-embed/annotation';
import { type ModelEngine, partsOfEngine } from '../options/model-engine.js';
import { modelHash } from './local-embedder.js';

/** The name of a cross-encoder by its content. */
export const crossEncoderName = (folder: string): string => `cross-encoder ${modelHash(folder)}`;

/** A cross-encoder on this machine. */
export interface LocalCrossEncoder extends PairScorer {
  /** Frees what the model holds. */
  close(): Promise<void>;
}

/**
 * Opens a cross-encoder as a labeler that is named by its content. Its labels are logistic(score), whatever activation its folder names:
 * they keep its order and lie between 0 and 1.
 *
 * @throws Error when the folder holds no cross-encoder, or onnxruntime-node is missing: no other engine runs one.
 */
export const loadCrossEncoder = async (
  folder: string,
  engine: ModelEngine = 'auto',
): Promise<LocalCrossEncoder> => {
  const { OnnxCrossEncoder } = await import('oasis-embed/onnx');
  const encoder = await OnnxCrossEncoder.load(folder, { device: partsOfEngine(engine).device });
  return {
    name: crossEncoderName(folder),
    score: async (queries, documents, options) =>
      (await encoder.score(queries, documents, options)).map((score) => 1 / (1 + Math.exp(-score))),
    close: () => encoder.close(),
  };
};
