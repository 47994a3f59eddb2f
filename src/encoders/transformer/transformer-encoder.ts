import * as tf from '@tensorflow/tfjs';
import { createRandom } from '../../numerics/index.js';
import { gatherRows, safeNormalize } from '../../numerics/tensors/index.js';
import type { Encoder, TextRole } from '../encoder.js';
import { type ParameterSpec, parameterSpecs } from './parameter-specs.js';
import { Parameters } from './parameters.js';
import { type Pooling, poolTokens } from './pooling.js';
import { TextTokenizer } from './text-tokenizer.js';
import { lengthBuckets, paddedIds, selectTokens, type TransformerTokens } from './token-batch.js';
import type { TransformerConfig } from './transformer-config.js';
import { hiddenStates } from './transformer-layers.js';
import { wordPieceTokenizer, wordPieceTokenizerConfig } from './word-piece-tokenizer.js';

export interface RandomTransformerOptions {
  /** Their most frequent words become the vocabulary. */
  readonly texts: readonly string[];
  /** Rows of the embedding table. @defaultValue 8192 */
  readonly vocabularySize?: number;
  /** Length of the vectors. @defaultValue 128 */
  readonly hiddenSize?: number;
  /** @defaultValue 2 */
  readonly layers?: number;
  /** A divisor of `hiddenSize`. @defaultValue hiddenSize / 32 */
  readonly heads?: number;
  /** @defaultValue 4 × hiddenSize */
  readonly intermediateSize?: number;
  /** Tokens of the longest text, special ones included. @defaultValue 128 */
  readonly maximumLength?: number;
  /** @defaultValue 'mean' */
  readonly pooling?: Pooling;
  /** @defaultValue 0 */
  readonly seed?: number;
}

let encodersCreated = 0;

const initialValues = (
  { name, shape, initial }: ParameterSpec,
  deviation: number,
  seed: number,
): tf.Tensor => {
  if (initial === 'zeros') return tf.zeros([...shape]);
  if (initial === 'ones') return tf.ones([...shape]);
  const random = createRandom(seed, name);
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, () => random.normal() * deviation);
  return tf.tensor(values, [...shape]);
};

/**
 * A transformer as a text encoder: BERT and its kin, RoBERTa and Qwen2.
 */
export class TransformerEncoder implements Encoder<TransformerTokens> {
  readonly kind = 'transformer';

  private constructor(
    readonly config: TransformerConfig,
    readonly tokenizer: TextTokenizer,
    readonly pooling: Pooling,
    readonly maximumLength: number,
    private readonly parameters: Parameters,
  ) {}

  /** A new BERT encoder with random weights, to be trained from nothing. */
  static random(options: RandomTransformerOptions): TransformerEncoder {
    const { texts, vocabularySize = 8192, hiddenSize = 128, layers = 2, maximumLength = 128 } = options;
    const {
      heads = hiddenSize / 32,
      intermediateSize = 4 * hiddenSize,
      pooling = 'mean',
      seed = 0,
    } = options;
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
    const tokenizer = new TextTokenizer(
      wordPieceTokenizer(texts, vocabularySize),
      wordPieceTokenizerConfig(maximumLength),
    );
    const specs = parameterSpecs(config);
    const parameters = new Parameters(specs);
    const scope = `transformer-${encodersCreated++}`;
    for (const spec of specs) {
      parameters.add(spec.name, initialValues(spec, config.initializerRange, seed), true, scope);
    }
    return new TransformerEncoder(config, tokenizer, pooling, maximumLength, parameters);
  }

  get dimensions(): number {
    return this.config.hiddenSize;
  }

  get variables(): readonly tf.Variable[] {
    return this.parameters.variables;
  }

  tokenize(texts: readonly string[], _role: TextRole): TransformerTokens {
    return this.tokenizer.encode(texts, { maximumLength: this.maximumLength, overlong: 'cut-end' });
  }

  select(tokens: TransformerTokens, rows: ArrayLike<number>): TransformerTokens {
    return selectTokens(tokens, rows);
  }

  encode(tokens: TransformerTokens, _role: TextRole): tf.Tensor2D {
    if (tokens.length === 0) return tf.zeros([0, this.dimensions]);
    return tf.tidy(() => {
      const buckets = lengthBuckets(tokens, this.maximumLength);
      const pooled = buckets.map((bucket) => {
        const { lengths, length } = bucket;
        const ids = paddedIds(tokens, bucket, this.config.paddingId);
        const hidden = hiddenStates({ ids, lengths, length }, this.parameters, this.config);
        return poolTokens(hidden, lengths, length, this.pooling);
      });
      if (pooled.length === 1) return safeNormalize(pooled[0]!);
      const places = new Int32Array(tokens.length);
      let next = 0;
      for (const { rows } of buckets) for (const row of rows) places[row] = next++;
      return safeNormalize(gatherRows(tf.concat(pooled, 0), places));
    });
  }

  async save(_directory: string): Promise<void> {
    throw new Error('not yet');
  }

  dispose(): void {
    this.parameters.dispose();
  }
}
