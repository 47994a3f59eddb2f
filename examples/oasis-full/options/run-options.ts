import type { SimilarityMap } from 'oasis-embed/annotation';
import type { BackendRequest } from 'oasis-embed/training';
import type { ModelOptions } from './model-options.js';
import type { StratumCounts } from './stratum-counts.js';
import type { TrainingOptions } from './training-options.js';

/** Everything that decides a run's result, as it is recorded in run.json. */
export interface RunOptions {
  /** Folders of code, one repository each; empty for the pinned npm packages. */
  readonly repos: readonly string[];
  /** JSONL files of functions that were extracted already, beside the folders. */
  readonly functions: readonly string[];
  /** Whether functions that repeat another one's code are dropped. */
  readonly nearDuplicates: 'drop' | 'keep';
  readonly out: string;
  readonly seed: number;
  /** In-repository negatives per docstring. */
  readonly negatives: number;
  /** How many of them come from where, before the rest is drawn at random. */
  readonly negativeStrata: StratumCounts;
  /** Structural near twins a docstring gets as further negatives, at most. */
  readonly twinNegatives: number;
  /** How a cosine becomes a similarity in [0, 1). */
  readonly similarityMap: SimilarityMap;
  /** Who writes docstrings, labels and judges. */
  readonly models: ModelOptions;
  readonly deltaS: number;
  readonly treeRatio: number;
  /** The family of distributions fitted to the negatives' similarities. */
  readonly mixture: 'gaussian' | 'beta';
  /** Overrides the mixture's s*. */
  readonly threshold: number | null;
  /** Overrides s* by a quantile of the negatives' similarities. */
  readonly thresholdQuantile: number | null;
  readonly labelDimensions: number;
  readonly dimensions: number;
  readonly epochs: number;
  readonly batchQueries: number;
  readonly batchNegatives: number;
  readonly learningRate: number;
  readonly temperature: number;
  readonly weightInfoNce: number;
  readonly weightCosent: number;
  readonly patience: number;
  /** Test functions at most that are ranked. */
  readonly testFunctions: number;
  /** Whether the dataset is also written as JSONL, in the order of its pairs. */
  readonly datasetJsonLines: boolean;
  /** Which encoder, and how it is trained. */
  readonly training: TrainingOptions;
  readonly backend: BackendRequest;
  readonly ablation: boolean;
  readonly ablationSeeds: number;
  readonly fresh: boolean;
}

export const defaults = {
  out: 'runs/oasis-full',
  nearDuplicates: 'drop',
  seed: 1,
  negatives: 8,
  twinNegatives: 2,
  similarityMap: 'affine',
  deltaS: 0.05,
  treeRatio: 0.2,
  mixture: 'gaussian',
  labelDimensions: 256,
  dimensions: 384,
  epochs: 3,
  batchQueries: 128,
  batchNegatives: 4,
  learningRate: 0.001,
  // On validation repositories better than the published 0.05, which was chosen for a large pretrained encoder.
  temperature: 0.1,
  weightInfoNce: 0.98,
  // The published 0.02 belongs to labels of a large model and batches of 640 pairs; 0.3 did best on validation.
  weightCosent: 0.3,
  patience: 3,
  // Under half an hour on two busy cores at 384 dimensions; fifteen times as many would take 225 times as long to rank.
  testFunctions: 100_000,
  backend: 'wasm',
  ablationSeeds: 3,
} as const;
