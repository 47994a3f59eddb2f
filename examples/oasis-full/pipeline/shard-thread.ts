import { runPoolThread } from '../engine/pool-thread.js';
import { shardFunctions } from './shards/shard-functions.js';

runPoolThread(shardFunctions);
