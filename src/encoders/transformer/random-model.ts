import { checkPositiveInteger } from '../../numerics/index.js';
import type { ModelFolder } from './model-folder.js';
import { TextTokenizer } from './text-tokenizer.js';
import { formatTransformerConfig, type TransformerConfig } from './transformer-config.js';
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
}: RandomTransformerOptions): Omit<ModelFolder, 'directory'> => {
  const sizes = { vocabularySize, hiddenSize, layers, heads, intermediateSize, maximumLength };
  for (const [name, value] of Object.entries(sizes)) checkCount(name, value);
  if (hiddenSize % heads !== 0) {
    throw new RangeError(`heads must be a divisor of hiddenSize = ${hiddenSize}, received ${heads}`);
  }
  const config: TransformerConfig = {
    family: 'bert',
    vocabularySize,
    hiddenSize,
    layers,
    heads,
    keyValueHeads: heads,
    headSize: hiddenSize / heads,
    intermediateSize,
    activation: 'gelu',
    normEpsilon: 1e-12,
    maximumPositions: maximumLength,
    positionOffset: 0,
    tokenTypes: 2,
    rotaryBase: null,
    causal: false,
    initializerRange: 0.02,
    paddingId: 0,
  };
  const tokenizerJson = wordPieceTokenizer(texts, vocabularySize);
  const tokenizerConfig = wordPieceTokenizerConfig(maximumLength);
  return {
    name: `random-bert-${layers}x${hiddenSize}`,
    config,
    configJson: formatTransformerConfig(config),
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
