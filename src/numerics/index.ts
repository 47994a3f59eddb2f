export type { DenseMatrix } from './matrix.js';
export { createRandom, hashString, type Random, shuffleInPlace } from './random.js';
export { readLines } from './read-lines.js';
export { changedFiles, replaceFolder } from './replace-folder.js';
export { streamFile, streamText } from './stream-file.js';
export { hash53, StringHashes } from './string-hashes.js';
export { TextFile, writeTextFile } from './text-file.js';
export type { TextList } from './text-list.js';
export { findWorkerFile, type WorkerFile, workerFlags } from './worker-file.js';
