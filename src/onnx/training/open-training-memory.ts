import type { OnnxEncoder } from '../engine/onnx-encoder.js';
import { weightList } from '../model/weight-list.js';
import { DeviceMemory } from './device-memory.js';
import { HostMemory } from './host-memory.js';
import type { LowRankWeights } from './low-rank-weights.js';
import type { OnnxTrainerOptions } from './trainer-options.js';
import type { TrainingMemory } from './training-memory.js';
import type { TrainingSessions } from './training-sessions.js';

/** Where a trainer's weights live: see the option `optimizer`. */
export const openTrainingMemory = async (
  encoder: OnnxEncoder,
  trained: ReadonlyMap<string, readonly number[]>,
  lowRank: LowRankWeights | null,
  gradients: TrainingSessions['gradients'],
  { optimizer = 'host' }: OnnxTrainerOptions,
): Promise<TrainingMemory> => {
  const host = new Map([...encoder.weights, ...(lowRank?.weights ?? [])]);
  if (optimizer === 'host') return new HostMemory(trained, host, gradients);
  const { runtime, threads } = encoder;
  const own = weightList(encoder.model).map(({ name, shape }) => [name, shape] as const);
  const shapes = new Map([...own, ...(lowRank?.shapes ?? [])]);
  return DeviceMemory.create({ runtime, threads, trained, shapes, host, gradients });
};
