/** The most that each entry may weigh in a bundle: minified, peers external, in kB. About a tenth above what was measured. */
export const ENTRY_LIMITS: Readonly<Record<string, number>> = {
  '.': 1110,
  './syntax': 78,
  './corpus': 150,
  './annotation': 65,
  './sampling': 9.8,
  './mixture': 23.5,
  './ast': 80,
  './refinement': 153,
  './losses': 80,
  './losses/host': 55,
  './encoders': 290,
  './training': 176,
  './metrics': 92,
  './benchmarks': 430,
  './report': 163,
  './hub': 21,
  './retrieval': 14,
  './onnx': 205,
};

/** The same for one function out of its entry, and out of the root: what is not used must fall away in both. */
export const FUNCTION_LIMITS: readonly (readonly [name: string, room: string, limit: number])[] = [
  // In Node 0.4 of it is TensorFlow.js on demand, which a browser's build has not.
  ['cosentLoss', 'losses', 8.4],
  ['fitGaussianMixture', 'mixture', 15],
  ['treeEditDistance', 'ast', 49],
  ['sampleInRepoNegatives', 'sampling', 7.7],
  ['meanReciprocalRank', 'metrics', 6.5],
  // None of the ten languages comes along.
  ['subtokens', 'syntax', 2],
];
