import type { ShardRunner } from '../../engine/run-shards.js';
import type { RunFolder } from '../../store/run-folder.js';
import type { Progress } from '../../terminal/progress.js';
import type { ShardKinds } from '../shards/shard-kinds.js';

/** What the steps of the recipe need, in a run and in a command that repeats some of them. */
export interface RecipeContext {
  readonly folder: RunFolder;
  readonly progress: Pick<Progress, 'line'>;
  /** Runs shards on the engine of the run. */
  readonly shards: ShardRunner<ShardKinds>;
  /** Functions that a shard has at least. */
  readonly shardSize: number;
}
