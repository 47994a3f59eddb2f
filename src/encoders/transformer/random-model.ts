import { checkPositiveInteger } from '../../numerics/index.js';
import { describeTransformer } from '../description/index.js';
import { poolingKind } from './pooling-names.js';
import type { TransformerFolder } from './read-model-folder.js';
import { TextTokenizer } from './text-tokenizer.js';
import type { RandomTransformerOptions } from './transformer-options.js';
import { wordPieceTokenizer, wordPieceTokenizerConfig } from './word-piece-tokenizer.js';

const checkCount = (name: string, value: number) => {
  checkPositiveInteger(name, value);
};

/**
 * The config and tokenizer of a BERT model of the given size.
 *
 * @throws {RangeError} When a size is out of range.
 */
export const randomModel = ({
  texts,
  vocabularySize = 8192,
  hiddenSize = 128,
  layers = 2,
  heads = hiddenSize / 32,
  intermediateSize = 4 * hiddenSize,
  maximumLength = 128,
  pooling = 'mean',
}: RandomTransformerOptions): TransformerFolder => {
  const sizes = { vocabularySize, hiddenSize, layers, heads, intermediateSize, maximumLength };
  for (const [name, value] of Object.entries(sizes)) checkCount(name, value);
  if (hiddenSize % heads !== 0) {
    throw new RangeError(`heads must be a divisor of hiddenSize = ${hiddenSize}, received ${heads}`);
  }
  const configJson = {
    architectures: ['BertModel'],
    model_type: 'bert',
    dtype: 'float32',
    vocab_size: vocabularySize,
    hidden_size: hiddenSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: intermediateSize,
    hidden_act: 'gelu',
    max_position_embeddings: maximumLength,
    initializer_range: 0.02,
    pad_token_id: 0,
    layer_norm_eps: 1e-12,
    type_vocab_size: 2,
  };
  const tokenizerJson = wordPieceTokenizer(texts, vocabularySize);
  const tokenizerConfig = wordPieceTokenizerConfig(maximumLength);
  return {
    name: `random-bert-${layers}x${hiddenSize}`,
    configJson,
    model: {
      transformer: describeTransformer(configJson, 'config.json'),
      head: { pooling: poolingKind(pooling), dense: [], normalize: true },
      prompts: { query: '', document: '' },
    },
    tokenizer: new TextTokenizer(tokenizerJson, tokenizerConfig),
    tokenizerFiles: new Map([
      ['tokenizer.json', JSON.stringify(tokenizerJson)],
      ['tokenizer_config.json', `${JSON.stringify(tokenizerConfig, null, 2)}\n`],
    ]),
    settings: {
      modelPath: '',
      pooling: null,
      dense: [],
      queryPrompt: '',
      documentPrompt: '',
      maximumLength,
      lowerCase: false,
    },
  };
};
