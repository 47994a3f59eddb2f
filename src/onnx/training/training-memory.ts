import type { Tensor } from 'onnxruntime-node';
import type { NamedTensor } from '../../encoders/index.js';
import type { AdamWUpdate } from '../../numerics/index.js';

/** A weight as a graph is fed with it. */
export type FedWeight = Float32Array | Tensor;

/** What a way back returns, by the names of outputs. */
export type BackwardOutputs = ReadonlyMap<string, Float32Array | BigInt64Array | Tensor>;

/** Where weights, gradients and moments live, and how a step changes them. */
export interface TrainingMemory {
  /** Steps made so far. */
  readonly step: number;
  /** Every weight that graphs ask for, trained or not. */
  readonly weights: ReadonlyMap<string, FedWeight>;
  /** Arrays for the gradients of a pass to be written to, by the names of outputs. */
  targets(): ReadonlyMap<string, Float32Array>;
  /** Adds the gradients of a pass to those of the step. */
  add(outputs: BackwardOutputs): Promise<void>;
  clearGradients(): void;
  /** Σ g² over the summed gradients. */
  squaredNorm(): Promise<number>;
  /** The first weight whose summed gradient is not finite; null where all are. */
  firstNotFinite(): Promise<string | null>;
  /** One step of AdamW. Vectors, such as biases and norms, do not decay. */
  update(asked: AdamWUpdate): Promise<void>;
  /** Copies of what is trained, by name. */
  trained(): Promise<Map<string, NamedTensor>>;
  putTrained(weights: ReadonlyMap<string, NamedTensor>): Promise<void>;
  /** Both moments, as `first/NAME` and `second/NAME`. */
  moments(): Promise<Map<string, NamedTensor>>;
  putMoments(moments: ReadonlyMap<string, NamedTensor>): Promise<void>;
  /** A copy of everything: `step`, `weight/NAME` and the moments. */
  all(): Promise<Map<string, NamedTensor>>;
  restore(state: ReadonlyMap<string, NamedTensor>): Promise<void>;
  /** Brings what is trained to the arrays of the host. */
  toHost(): Promise<void>;
  close(): Promise<void>;
}
