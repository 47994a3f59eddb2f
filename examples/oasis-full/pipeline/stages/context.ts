import type { BackendChoice, EngineChoice } from 'oasis-embed/training';
import type { ShardRunner } from '../../engine/run-shards.js';
import type { ModelAccess } from '../../models/model-access.js';
import type { RunOptions } from '../../options/run-options.js';
import type { Progress } from '../../terminal/progress.js';
import type { RecipeContext } from '../recipe/recipe-context.js';
import type { ShardKinds } from '../shards/shard-kinds.js';

/** What every stage is given. */
export interface StageContext extends RecipeContext {
  readonly options: RunOptions;
  /** Where tensors live, already chosen. */
  readonly backend: BackendChoice;
  /** What trains a pretrained encoder; null for a subtoken bag. */
  readonly trainingEngine: EngineChoice | null;
  /** The models behind a service; null where everything is offline. */
  readonly access: ModelAccess | null;
  readonly progress: Progress;
  /** The same for a part of the run that repeats steps with other options; it says which. */
  readonly shardsBeside: (scope: string) => ShardRunner<ShardKinds>;
  /** Threads of this process that a stage may use. */
  readonly threads: number;
}
