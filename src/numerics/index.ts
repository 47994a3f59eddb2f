export { checkPositiveInteger, checkWholeNumber } from './check-numbers.js';
export {
  checkOptionNames,
  checkOptions,
  editDistance,
  type OptionNames,
  pickOptions,
} from './check-options.js';
export {
  asDoubles,
  type DenseMemory,
  type DenseProduct,
  denseMemory,
  plainDenseMemory,
} from './dense-memory.js';
export { firstNotFinite } from './first-not-finite.js';
export { float16Bits, fromFloat16Bits } from './float16.js';
export { type AdamWStep, type AdamWUpdate, adamWStep, hostAdamW } from './host-adam-w.js';
export { type IndexedPairs, isMark, type LabeledPairs } from './labeled-pairs.js';
export type { DenseMatrix } from './matrix.js';
export { NEGATIVE_SENTINEL } from './negative-sentinel.js';
export { inverseLength, normalizeRows, throughNormalization } from './normalized-rows.js';
export { createRandom, createRandomStreams, hashString, type Random, shuffleInPlace } from './random.js';
export { readLines } from './read-lines.js';
export { streamFile, streamText } from './stream-file.js';
export { hash53, StringHashes } from './string-hashes.js';
export { isTestPath } from './test-path.js';
export { TextFile, writeTextFile } from './text-file.js';
export type { TextList } from './text-list.js';
export { compileWasm, createWasmMemory, type WasmMemory } from './web-assembly.js';
export { findWorkerFile, type WorkerFile, workerFlags } from './worker-file.js';
export { writeFolder } from './write-folder.js';
