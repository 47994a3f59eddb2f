/** How the model is trained, beyond what every run chooses. */
export interface TrainingOptions {
  /** A Hugging Face or sentence-transformers folder that training starts from; null for a new subtoken bag. */
  readonly encoder: string | null;
  /** Train low-rank updates of this rank in the place of the weights. */
  readonly loraRank: number | null;
  /** Scales them by alpha / rank; null for twice the rank. */
  readonly loraAlpha: number | null;
  /** The linear maps that get one, by the end of their path; null for the query and value projections. */
  readonly loraTargets: readonly string[] | null;
  /** Layers from below that stay as they are, without low-rank updates too. */
  readonly frozenLayers: number;
  /** Tokens of the longest text; null for what the model says. */
  readonly maximumLength: number | null;
  /** Put before every query; null for what the model says. */
  readonly queryPrompt: string | null;
  /** The form of InfoNCE: as the paper prints it, or as the released code computes it. */
  readonly infoNceForm: 'paper' | 'released';
  readonly schedule: 'constant' | 'linear' | 'cosine';
  /** Null for a twentieth of all steps. */
  readonly warmUpSteps: number | null;
  readonly weightDecay: number;
  readonly epsilon: number;
  /** Batches whose mean gradient makes one step. */
  readonly accumulate: number;
  /** Texts differentiated at a time; null for the whole batch. */
  readonly chunkSize: number | null;
  /** Worker threads; 0 for none. */
  readonly workers: number;
  /** Positives that a docstring brings into a batch, at most. */
  readonly batchPositives: number;
  /** Steps between two looks at the validation set; null for an epoch. */
  readonly evaluateEvery: number | null;
  /** Steps between two checkpoints. */
  readonly checkpointEvery: number;
  /** Validation functions at most: by these the best step is chosen. */
  readonly validationFunctions: number;
}

export const trainingDefaults = {
  frozenLayers: 0,
  infoNceForm: 'paper',
  schedule: 'linear',
  weightDecay: 0.01,
  epsilon: 1e-8,
  accumulate: 1,
  workers: 0,
  batchPositives: 64,
  checkpointEvery: 1000,
  // Ranked again at every evaluation: some seconds each with a small encoder.
  validationFunctions: 10_000,
} as const;

/**
 * The hyper-parameters that the authors' released training code has, by flag. A batch there is 640 pairs (8 GPUs of 80):
 * 128 docstrings with their code and 4 negatives each.
 *
 * Published nowhere, so left at this project's defaults: K, the threshold and Δs of refinement, the limit of the tree
 * ratio, the models, and how many negatives a docstring brings into a batch.
 */
export const paperPreset = {
  temperature: 0.05,
  weightInfonce: 0.98,
  weightCosent: 0.02,
  batchQueries: 128,
  batchNegatives: 4,
  epochs: 10,
  learningRate: 5e-4,
  seed: 3407,
  infonceForm: 'released',
  schedule: 'constant',
  warmUpSteps: 0,
  weightDecay: 0.01,
  epsilon: 1e-3,
} as const;

/** What the preset adds where a checkpoint is trained: the prompt for queries only, and the longest text in training. */
export const paperEncoderPreset = {
  maximumLength: 1024,
  queryPrompt:
    'Instruct: Given a code search query, retrieve relevant code snippet that answer the query\nQuery: ',
} as const;
