import * as tf from '@tensorflow/tfjs';
import { updatesOnHost } from './updates-on-host.js';

/** Floats of a bucket of several variables, at most: 16 MiB, well below what one GPU buffer may hold. */
const BUCKET_SIZE = 2 ** 22;

/**
 * Groups variables that one pass may update together: all of rank 2 and more, or all below, and small. On the WASM
 * backend, where a kernel costs nothing to start, and on the host each variable is on its own, so nothing is copied.
 *
 * @returns Positions of variables, every one once.
 */
export const parameterBuckets = (variables: readonly tf.Variable[]): readonly (readonly number[])[] => {
  if (tf.getBackend() === 'wasm' || updatesOnHost()) return variables.map((_, i) => [i]);
  const buckets: number[][] = [];
  const open = new Map<boolean, { members: number[]; size: number }>();
  variables.forEach((variable, i) => {
    const decayed = variable.rank >= 2;
    const current = open.get(decayed);
    if (current !== undefined && current.size + variable.size <= BUCKET_SIZE) {
      current.members.push(i);
      current.size += variable.size;
      return;
    }
    const members = [i];
    buckets.push(members);
    open.set(decayed, { members, size: variable.size });
  });
  return buckets;
};

/** The values of all tensors, one after another; of one tensor without a copy. */
export const flattened = (tensors: readonly tf.Tensor[]): tf.Tensor1D => {
  const flat = tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D);
  return flat.length === 1 ? flat[0]! : tf.concat1d(flat);
};

/** Parts of a flat tensor in the shapes of the given ones. */
export const unflattened = (flat: tf.Tensor, like: readonly tf.Tensor[]): tf.Tensor[] => {
  if (like.length === 1) return [tf.reshape(flat, like[0]!.shape)];
  return tf
    .split(
      tf.reshape(flat, [-1]),
      like.map(({ size }) => size),
    )
    .map((part, i) => tf.reshape(part, like[i]!.shape));
};
