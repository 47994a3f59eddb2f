export { type DenseMatrix, type Random, TextFile, type TextList, writeTextFile } from '../numerics/index.js';
export { AdapterEncoder, type AdapterOptions, type VectorSource } from './adapter/adapter-encoder.js';
export type { AdapterKind } from './adapter/adapter-head.js';
export type { EmbeddedTexts, VectorTokens } from './adapter/embedded-texts.js';
export { BagEmbedder, type BagEmbedOptions } from './bag-embedder.js';
export type { BagOfTerms } from './bag-of-terms.js';
export {
  type Activation,
  type AttentionDescription,
  type ConfigJson,
  type DenseDescription,
  type DropoutDescription,
  describeTransformer,
  type EmbeddingsDescription,
  type FeedForwardDescription,
  type HeadDescription,
  knownArchitectures,
  type LayerDescription,
  type LayerNorms,
  type LinearDescription,
  type ModelDescription,
  type NormDescription,
  type PoolingKind,
  type PositionsDescription,
  type RelativeBiasDescription,
  type RotaryDescription,
  type TableDescription,
  type TransformerDescription,
} from './description/index.js';
export { type EncodeTextsOptions, encodeTexts, encodeTokens } from './encode-texts.js';
export type { Encoder, TextRole, TokenizedTexts } from './encoder.js';
export { type LsaEmbedOptions, LsaEncoder, type LsaOptions } from './lsa-encoder.js';
export type { ModeledTermsOptions } from './modeled-terms.js';
export {
  formatSafetensors,
  type Int8Tensor,
  type LazyTensor,
  type NamedTensor,
  openSafetensors,
  parseSafetensors,
  readSafetensors,
  type SafetensorsFile,
  type SafetensorsReader,
  writeSafetensors,
} from './safetensors.js';
export { StaticEncoder, type StaticEncoderOptions } from './static/static-encoder.js';
export type { SubtokenBagConfig, SubtokenBagOptions } from './subtoken-bag-config.js';
export { type SaveBagOptions, SubtokenBagEncoder, type SubtokenBagTexts } from './subtoken-bag-encoder.js';
export type { LoraOptions } from './transformer/low-rank-adapter.js';
export type { Pooling } from './transformer/pooling.js';
export type { TransformerTokens } from './transformer/token-batch.js';
export { TransformerEncoder } from './transformer/transformer-encoder.js';
export type { RandomTransformerOptions, TransformerOptions } from './transformer/transformer-options.js';
export { fitVocabulary, type Vocabulary, type VocabularyOptions } from './vocabulary.js';
