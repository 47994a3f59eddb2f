import type { BackendChoice } from 'oasis-embed/training';
import type { ShardRunner } from '../../engine/run-shards.js';
import type { ModelAccess } from '../../models/model-access.js';
import type { RunOptions } from '../../options/run-options.js';
import type { RunFolder } from '../../store/run-folder.js';
import type { Progress } from '../../terminal/progress.js';

/** What every stage is given. */
export interface StageContext {
  readonly options: RunOptions;
  /** Where tensors live, already chosen. */
  readonly backend: BackendChoice;
  readonly folder: RunFolder;
  /** The models behind a service; null where everything is offline. */
  readonly access: ModelAccess | null;
  readonly progress: Progress;
  /** Runs the shards of a stage on the engine of the run. */
  readonly shards: ShardRunner;
  /** Functions that a shard has at least. */
  readonly shardSize: number;
  /** Threads of this process that a stage may use. */
  readonly threads: number;
}
