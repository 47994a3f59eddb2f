/** What the native engine shares with `TransformerEncoder`: files, tokenizer, batches. Loads no TensorFlow.js. */
export { finiteWeights } from '../finite-weights.js';
export { localFolder } from '../local-folder.js';
export {
  filePath,
  folderFiles,
  joinNames,
  type ModelFiles,
  readBytesOf,
  readTextIfPresent,
} from '../model-files.js';
export { formatSafetensors, type LazyTensor, writeSafetensors } from '../safetensors.js';
export { type AdapterUpdate, type LoraSettings, writeAdapterFiles } from './adapter-files.js';
export { openCheckpoint, storedName } from './checkpoint-weights.js';
export { joinPairs, type PairFrame, type PairTokens } from './pair-tokens.js';
export type { Pooling } from './pooling.js';
export { checkPooling, POOLING_KIND_NAMES } from './pooling-names.js';
export {
  headOf,
  type ModelFolder,
  readModelFolder,
  readTextFolder,
  type TextFolder,
} from './read-model-folder.js';
export { formatSavedConfig } from './saved-config.js';
export {
  type DenseModule,
  densePath,
  formatSentenceTransformersFiles,
  readSentenceTransformersFiles,
  type SentenceTransformersSettings,
} from './sentence-transformers-files.js';
export { TextTokenizer } from './text-tokenizer.js';
export {
  joinTokens,
  lengthBuckets,
  paddedIds,
  selectTokens,
  type TokenBucket,
  type TransformerTokens,
} from './token-batch.js';
export { weightsFingerprint } from './weights-fingerprint.js';
