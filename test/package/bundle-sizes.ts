/** The most that each entry may weigh in a bundle: minified, peers external, in kB. About a tenth above what was measured. */
export const ENTRY_LIMITS: Readonly<Record<string, number>> = {
  '.': 1250,
  './syntax': 125,
  './corpus': 260,
  './annotation': 76,
  './sampling': 9.8,
  './mixture': 23.5,
  './ast': 87,
  './refinement': 215,
  './losses': 80,
  './losses/host': 55,
  './encoders': 290,
  './training': 181,
  './metrics': 100,
  './benchmarks': 530,
  './report': 163,
  './hub': 21,
  './retrieval': 16,
  './onnx': 298,
};

/** The same for one function out of its entry, and out of the root: what is not used must fall away in both. */
export const FUNCTION_LIMITS: readonly (readonly [name: string, room: string, limit: number])[] = [
  // In Node 0.4 of it is TensorFlow.js on demand, which a browser's build has not.
  ['cosentLoss', 'losses', 8.4],
  ['fitGaussianMixture', 'mixture', 15],
  ['treeEditDistance', 'ast', 55],
  ['sampleInRepoNegatives', 'sampling', 7.7],
  ['meanReciprocalRank', 'metrics', 6.5],
  // None of the languages comes along.
  ['subtokens', 'syntax', 2],
];
