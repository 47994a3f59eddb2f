import type { PoolingKind } from '../description/index.js';
import type { Pooling } from './pooling.js';

/** A pooling as descriptions name it. */
export const POOLING_KINDS: Readonly<Record<Pooling, PoolingKind>> = {
  first: 'cls',
  mean: 'mean',
  last: 'last',
  'weighted-mean': 'weighted-mean',
};

/** As {@link POOLING_KINDS}. @throws {RangeError} When there is no pooling of this name. */
export const poolingKind = (pooling: Pooling): PoolingKind => {
  checkPooling(pooling, Object.keys(POOLING_KINDS));
  return POOLING_KINDS[pooling];
};

/** @throws {RangeError} When a pooling is none of the names that an encoder has. */
export const checkPooling = (pooling: string, names: readonly string[]): void => {
  if (names.includes(pooling)) return;
  throw new RangeError(`pooling must be one of ${names.join(', ')}, received ${pooling}`);
};

/** The names that descriptions have. */
export const POOLING_KIND_NAMES: readonly PoolingKind[] = Object.values(POOLING_KINDS);

/** A pooling by the name that options have for it. */
export const poolingName = (kind: PoolingKind): Pooling => (kind === 'cls' ? 'first' : kind);
