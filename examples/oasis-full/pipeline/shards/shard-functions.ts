import type { ShardFunctions } from '../../engine/shard-function.js';

/** Every function that does shards, by the stage it belongs to; loaded when its first shard comes. */
export const shardFunctions: ShardFunctions = {
  extract: async () => (await import('./extract.js')).extractShard,
  import: async () => (await import('./import.js')).importShard,
  docstrings: async () => (await import('./docstrings.js')).docstringsShard,
  queries: async () => (await import('./queries.js')).queriesShard,
  pairs: async () => (await import('./pairs.js')).pairsShard,
  layout: async () => (await import('./layout.js')).layoutShard,
  labeller: async () => (await import('./labeller.js')).labellerShard,
  labels: async () => (await import('./labels.js')).labelsShard,
  mixture: async () => (await import('./mixture.js')).mixtureShard,
  refine: async () => (await import('./refine.js')).refineShard,
};
