import { writeAdapterFiles } from '../../encoders/transformer/index.js';
import { type LowRankWeights, moduleOf } from './low-rank-weights.js';

/** Writes low-rank updates in the files of PEFT. */
export const saveLowRankWeights = async (
  directory: string,
  { updates, weights, shapes, rank, alpha }: LowRankWeights,
  /** What adapter_config.json names as the base model. */
  base: string,
): Promise<void> => {
  const tensor = (name: string) => ({ shape: shapes.get(name)!, read: async () => weights.get(name)! });
  const written = [...updates].map(([weight, { a, b }]) => ({
    module: moduleOf(weight),
    a: tensor(a),
    b: tensor(b),
  }));
  await writeAdapterFiles(directory, written, { rank, alpha, rankStabilized: false }, base);
};
