import type { ConfigJson, DenseDescription, HeadDescription } from '../../encoders/description/index.js';

/** The linear maps between the first token's vector and the score, by the names that checkpoints give them. */
const MAPS: Readonly<
  Record<string, readonly (readonly [name: string, activation: DenseDescription['activation']])[]>
> = {
  bert: [
    ['pooler.dense', 'tanh'],
    ['classifier', 'identity'],
  ],
  roberta: [
    ['classifier.dense', 'tanh'],
    ['classifier.out_proj', 'identity'],
  ],
  'xlm-roberta': [
    ['classifier.dense', 'tanh'],
    ['classifier.out_proj', 'identity'],
  ],
  distilbert: [
    ['pre_classifier', 'relu'],
    ['classifier', 'identity'],
  ],
};

/** How many scores a classifier gives, as transformers counts them. */
const labelsOf = ({ num_labels: count, id2label: names }: ConfigJson): number => {
  if (typeof names === 'object' && names !== null) return Object.keys(names).length;
  return typeof count === 'number' ? count : 2;
};

/**
 * What turns hidden states of a width into the score of a pair.
 *
 * @throws Error when config.json is that of no sequence classifier with one label, or of an architecture without a known head.
 */
export const crossEncoderHead = (config: ConfigJson, path: string, width: number): HeadDescription => {
  const type = String(config.model_type);
  const maps = Object.hasOwn(MAPS, type) ? MAPS[type] : undefined;
  if (maps === undefined) {
    throw new Error(
      `${path}: model_type of a cross-encoder must be one of ${Object.keys(MAPS).join(', ')}, found ${type}`,
    );
  }
  const names = Array.isArray(config.architectures) ? config.architectures.map(String) : [];
  if (names.length > 0 && !names.some((name) => name.endsWith('ForSequenceClassification'))) {
    throw new Error(
      `${path}: architectures of a cross-encoder must have a model for sequence classification, found ${names.join(', ')}`,
    );
  }
  const labels = labelsOf(config);
  if (labels !== 1) throw new Error(`${path}: a cross-encoder must have one label, found ${labels}`);
  const dense = maps.map(([name, activation], i) => ({
    map: {
      weight: `${name}.weight`,
      bias: `${name}.bias`,
      inputs: width,
      outputs: i === maps.length - 1 ? 1 : width,
    },
    activation,
  }));
  return { pooling: 'cls', dense, normalize: false };
};
