import type { ShardFunctions } from '../../engine/shard-function.js';
import type { ShardKinds } from './shard-kinds.js';

/** The function of every kind of shard, loaded when its first shard comes. */
export const shardFunctions: ShardFunctions<ShardKinds> = {
  extract: async () => (await import('./extract.js')).extractShard,
  import: async () => (await import('./import.js')).importShard,
  docstrings: async () => (await import('./docstrings.js')).docstringsShard,
  queries: async () => (await import('./queries.js')).queriesShard,
  trees: async () => (await import('./trees.js')).treesShard,
  labeler: async () => (await import('./labeler.js')).labelerShard,
  pairs: async () => (await import('./pairs.js')).pairsShard,
  layout: async () => (await import('./layout.js')).layoutShard,
  labels: async () => (await import('./labels.js')).labelsShard,
  scaling: async () => (await import('./teachers.js')).scalingShard,
  scaled: async () => (await import('./teachers.js')).scaledShard,
  mixture: async () => (await import('./mixture.js')).mixtureShard,
  refine: async () => (await import('./refine.js')).refineShard,
};
