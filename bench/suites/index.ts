import type { Suite } from '../runner/suite.js';

const suites: Readonly<Record<string, () => Promise<Suite>>> = {
  syntax: async () => (await import('./syntax.js')).syntax,
  corpus: async () => (await import('./corpus.js')).corpus,
  annotation: async () => (await import('./annotation.js')).annotation,
  sampling: async () => (await import('./sampling.js')).sampling,
  mixture: async () => (await import('./mixture.js')).mixture,
  ast: async () => (await import('./ast.js')).ast,
  refinement: async () => (await import('./refinement.js')).refinement,
  losses: async () => (await import('./losses.js')).losses,
  encoders: async () => (await import('./encoders.js')).encoders,
  onnx: async () => (await import('./onnx.js')).onnx,
  training: async () => (await import('./training.js')).training,
  metrics: async () => (await import('./metrics.js')).metrics,
  benchmarks: async () => (await import('./benchmarks.js')).benchmarks,
  report: async () => (await import('./report.js')).report,
};

/** In the order of the recipe. */
export const ROOMS: readonly string[] = Object.keys(suites);

/** The suite of a room; loading it measures nothing. */
export const loadSuite = (room: string): Promise<Suite> => {
  const load = suites[room];
  if (load === undefined) throw new RangeError(`room must be one of ${ROOMS.join(', ')}, received ${room}`);
  return load();
};
