import type { ShardFunctions } from '../engine/shard-function.js';

/** Every function that does shards, by the stage it belongs to; loaded when its first shard comes. */
export const shardFunctions: ShardFunctions = {
  extract: async () => (await import('./extract.js')).extractShard,
};
