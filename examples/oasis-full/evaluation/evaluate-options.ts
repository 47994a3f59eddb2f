import type { Measure } from 'oasis-embed/metrics';
import type { BackendRequest } from 'oasis-embed/training';
import type { ModelEngine } from '../options/model-engine.js';
import type { TaskOptions } from './task-options.js';

export interface EvaluateOptions extends TaskOptions {
  /** A folder, or `owner/name` on the hub. */
  readonly model: string;
  /** Further models to hold the first against. */
  readonly baselines: readonly string[];
  /** What stands before each query of the model, where its files do not say it. */
  readonly queryPrompt: string | null;
  readonly measures: readonly Measure[];
  /** A query is hard when every baseline ranks its answer below this; null for no hard subset. */
  readonly hardSubset: number | null;
  readonly batchSize: number;
  readonly threads: number;
  readonly backend: BackendRequest;
  /** What runs transformers. */
  readonly engine: ModelEngine;
  readonly seed: number;
  readonly json: boolean;
  readonly writeRun: string | null;
  readonly writeQrels: string | null;
  readonly writePredictions: string | null;
  /** The folder of results in MTEB's form. */
  readonly writeMteb: string | null;
  readonly depth: number;
  /** A run whose candidates are ranked anew, in place of all documents. */
  readonly rerank: string | null;
}
