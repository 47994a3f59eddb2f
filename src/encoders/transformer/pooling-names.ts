import type { PoolingKind } from '../description/index.js';
import type { Pooling } from './pooling.js';

/** A pooling as descriptions name it. */
export const POOLING_KINDS: Readonly<Record<Pooling, PoolingKind>> = {
  first: 'cls',
  mean: 'mean',
  last: 'last',
  'weighted-mean': 'weighted-mean',
};

/** A pooling by the name that options have for it. */
export const poolingName = (kind: PoolingKind): Pooling => (kind === 'cls' ? 'first' : kind);
