export type { BagOfTerms } from './bag-of-terms.js';
export { type EncodeTextsOptions, encodeTexts, encodeTokens } from './encode-texts.js';
export type { Encoder, TextRole, TokenizedTexts } from './encoder.js';
export { LsaEncoder, type LsaOptions } from './lsa-encoder.js';
export {
  formatSafetensors,
  type NamedTensor,
  parseSafetensors,
  readSafetensors,
  type SafetensorsFile,
  writeSafetensors,
} from './safetensors.js';
export type { SubtokenBagConfig, SubtokenBagOptions } from './subtoken-bag-config.js';
export { SubtokenBagEncoder, type SubtokenBagTexts } from './subtoken-bag-encoder.js';
export { fitVocabulary, type Vocabulary, type VocabularyOptions } from './vocabulary.js';
