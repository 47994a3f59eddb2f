export type { DenseMatrix } from './matrix.js';
export { createRandom, hashString, type Random, shuffleInPlace } from './random.js';
export { changedFiles, replaceFolder } from './replace-folder.js';
export { findWorkerFile, type WorkerFile, workerFlags } from './worker-file.js';
