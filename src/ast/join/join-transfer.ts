import type { FlatTree } from '../tree/flat-tree.js';
import { createVocabulary } from '../tree/label-vocabulary.js';
import { type JoinSettings, NearTwinJoin } from './near-twin-join.js';

/** A join as shared memory: what a worker needs of the trees, once for all workers. */
export interface JoinTransfer extends JoinSettings {
  /** [trees in the join + 1], where each tree's nodes start. */
  readonly starts: Float64Array;
  readonly labels: Int32Array;
  readonly sizes: Int32Array;
}

export const packJoin = (trees: readonly FlatTree[], plan: JoinSettings): JoinTransfer => {
  const { order, ratio, norm, pairTimeLimit } = plan;
  const starts = new Float64Array(order.length + 1);
  order.forEach((index, row) => {
    starts[row + 1] = starts[row]! + trees[index]!.size;
  });
  const nodes = starts[order.length]!;
  const labels = new Int32Array(new SharedArrayBuffer(nodes * 4));
  const sizes = new Int32Array(new SharedArrayBuffer(nodes * 4));
  order.forEach((index, row) => {
    labels.set(trees[index]!.labels, starts[row]!);
    sizes.set(trees[index]!.sizes, starts[row]!);
  });
  return { order, starts, labels, sizes, ratio, norm, pairTimeLimit };
};

/** The join in the worker: trees at their old places, names of labels left behind. */
export const unpackJoin = ({ starts, labels, sizes, ...settings }: JoinTransfer): NearTwinJoin => {
  const vocabulary = createVocabulary();
  const trees: FlatTree[] = [];
  settings.order.forEach((index, row) => {
    const from = starts[row]!;
    const to = starts[row + 1]!;
    trees[index] = {
      size: to - from,
      labels: labels.subarray(from, to),
      sizes: sizes.subarray(from, to),
      vocabulary,
      labelMode: 'custom',
      nodes: 'all',
      hasError: false,
      positions: null,
    };
  });
  return new NearTwinJoin(trees, settings);
};
