import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Random, TextList } from '../numerics/index.js';
import { checkOptions, type OptionNames, pickOptions } from '../numerics/index.js';
import { gatherRows, matMul, safeNormalize } from '../numerics/tensors/index.js';
import type { VectorSource } from './adapter/adapter-encoder.js';
import { type BagOfTerms, countTerms, dropTerms, FIELDS, selectBags } from './bag-of-terms.js';
import { bagProduct } from './bag-product.js';
import type { Encoder, TextRole } from './encoder.js';
import { readFiniteWeights } from './finite-weights.js';
import { MODELED_TERMS_OPTIONS, type ModeledTermsOptions, modeledTerms } from './modeled-terms.js';
import { quantizedRows, scaleRows } from './quantized-rows.js';
import { type Int8Tensor, type NamedTensor, writeSafetensors } from './safetensors.js';
import { checkedConfig, type SubtokenBagConfig, type SubtokenBagOptions } from './subtoken-bag-config.js';
import { termVector } from './term-vectors.js';
import { newVariableScope } from './variable-scope.js';
import { fitVocabulary, VOCABULARY_OPTIONS, type Vocabulary } from './vocabulary.js';
import { readConfig, readVocabulary, writeConfig, writeVocabulary } from './vocabulary-file.js';

/** What {@link SubtokenBagEncoder.fit} learns its vocabulary from. */
export interface SubtokenBagTexts {
  readonly queries: TextList;
  readonly documents: TextList;
}

/** How {@link SubtokenBagEncoder.save} writes. */
export interface SaveBagOptions {
  /** What the terms' vectors are rounded to; `int8` has a scale for each term. @defaultValue 'float32' */
  readonly precision?: 'float32' | 'int8';
}

interface BagVariables {
  readonly deltas: tf.Variable;
  readonly queryGates: tf.Variable;
  readonly documentGates: tf.Variable;
  readonly fieldGates: tf.Variable;
  /** What the projection adds to the identity; only where the model has one. */
  readonly projection?: tf.Variable;
}

const VARIABLE_NAMES: Readonly<Record<keyof BagVariables, string>> = {
  deltas: 'term_deltas',
  queryGates: 'query_gates',
  documentGates: 'document_gates',
  fieldGates: 'field_gates',
  projection: 'projection',
};

/** [V], what the vectors of an int8 model are multiplied by. */
const DELTA_SCALES = 'term_delta_scales';

/** The shape of each variable that a model of this config has. */
const variableShapes = (config: SubtokenBagConfig, terms: number): [keyof BagVariables, number[]][] => [
  ['deltas', [terms, config.dimensions]],
  ['queryGates', [terms]],
  ['documentGates', [terms]],
  ['fieldGates', [FIELDS.length]],
  ...(config.projection
    ? [['projection', [config.dimensions, config.dimensions]] as [keyof BagVariables, number[]]]
    : []),
];

const SUBTOKEN_BAG_OPTIONS: OptionNames<SubtokenBagOptions> = {
  dimensions: true,
  seed: true,
  subwordShare: true,
  queryIdfPower: true,
  documentIdfPower: true,
  fieldGates: true,
  dropout: true,
  projection: true,
  minimumFrequency: true,
  maximumTerms: true,
  words: true,
};

/**
 * A bag of subtokens whose weights and vectors are learned: TF-IDF cosine at its first step, better after training.
 *
 * h(text) = normalize( (I + P)ᵀ Σ_t w(t) · g_role(t) · (r(t) + δ(t)) ), with
 * w(t) = log(1 + Σ_f e^{φ_f} · count_f(t)) over the fields f (name, rest of the head, body),
 * g_role(t) = idf(t)^a · e^{γ_role(t)}, r(t) a fixed random unit vector (see the term's n-grams and hash), and
 * δ, γ, φ and the projection P learned. Unseen terms keep r(t) and the idf of a term seen nowhere.
 *
 * δ, γ and P start at 0, so weight decay pulls the model back to TF-IDF, not to zero. A text without any letter or
 * digit gets the zero vector.
 *
 * A batch costs one [N, U] × [U, D] product, U its distinct terms, and one [N, D] × [D, D]; the model is V × D + D² floats.
 *
 * @example
 * ```ts
 * import { SubtokenBagEncoder } from 'oasis-embed/encoders';
 * const documents = ['function sum(xs) { return xs.reduce((a, b) => a + b, 0); }', 'function last(xs) { return xs.at(-1); }'];
 * const encoder = SubtokenBagEncoder.fit({ queries: ['the last item'], documents }, { dimensions: 64 });
 * const vectors = encoder.encode(encoder.tokenize(documents, 'document'), 'document');
 * console.log(vectors.shape); // [2, 64]
 * ```
 */
export class SubtokenBagEncoder implements Encoder<BagOfTerms> {
  readonly kind = 'subtoken-bag';
  readonly dimensions: number;
  /** The fixed vectors of the vocabulary's terms, as far as they were needed, and some of others. */
  readonly #vectors: Float32Array[] = [];
  readonly #unknownVectors = new Map<string, Float32Array>();
  readonly #variables: BagVariables;

  private constructor(
    readonly config: SubtokenBagConfig,
    readonly vocabulary: Vocabulary,
    initial: ReadonlyMap<string, Float32Array> = new Map(),
  ) {
    this.dimensions = config.dimensions;
    const scope = newVariableScope('subtoken-bag');
    const variable = (key: keyof BagVariables, shape: number[]) => {
      const name = VARIABLE_NAMES[key];
      const data = initial.get(name) ?? (key === 'fieldGates' ? config.fieldGates : undefined);
      const value = data === undefined ? tf.zeros(shape) : tf.tensor(Float32Array.from(data), shape);
      const result = tf.variable(value, true, `${scope}/${name}`);
      value.dispose();
      return result;
    };
    this.#variables = Object.fromEntries(
      variableShapes(config, vocabulary.terms.length).map(([key, shape]) => [key, variable(key, shape)]),
    ) as unknown as BagVariables;
  }

  /**
   * A new encoder with the vocabulary of the given texts.
   *
   * @throws {RangeError} When an option is out of its range.
   */
  static fit(texts: SubtokenBagTexts, options: SubtokenBagOptions = {}): SubtokenBagEncoder {
    checkOptions('SubtokenBagEncoder.fit', options, SUBTOKEN_BAG_OPTIONS);
    const config = checkedConfig(options);
    return new SubtokenBagEncoder(
      config,
      fitVocabulary([texts.queries, texts.documents], pickOptions(options, VOCABULARY_OPTIONS)),
    );
  }

  /**
   * A new encoder whose terms start from what a pretrained model says of each alone, beside their random vectors: δ is
   * the model's vector in its first principal axes at the length `modelShare`, where r has length 1. Exact words count
   * as without the model, and words of like meaning lean towards each other.
   *
   * @param model Embeds the terms; once for each of the vocabulary.
   * @throws {RangeError} When an option is out of its range.
   * @throws {TypeError} When the model returns other than a row of one length for each term.
   *
   * Time: that of the model on V short texts, and O(V · T² + T³) for T numbers of its own.
   *
   * @example
   * ```ts
   * import { LsaEncoder, SubtokenBagEncoder } from 'oasis-embed/encoders';
   * const documents = ['sort a list of numbers', 'sorted numbers in a list', 'read the lines of a file'];
   * // In place of a pretrained model: anything that embeds.
   * const model = LsaEncoder.fit(documents, { dimensions: 3, minimumFrequency: 1 });
   * const encoder = await SubtokenBagEncoder.fromModel(model, { queries: [], documents }, { dimensions: 32 });
   * console.log(encoder.dimensions); // 32
   * ```
   */
  static async fromModel(
    model: VectorSource,
    texts: SubtokenBagTexts,
    options: SubtokenBagOptions & ModeledTermsOptions = {},
  ): Promise<SubtokenBagEncoder> {
    checkOptions('SubtokenBagEncoder.fromModel', options, {
      ...SUBTOKEN_BAG_OPTIONS,
      ...MODELED_TERMS_OPTIONS,
    });
    const config = checkedConfig(options);
    const vocabulary = fitVocabulary(
      [texts.queries, texts.documents],
      pickOptions(options, VOCABULARY_OPTIONS),
    );
    const deltas = await modeledTerms(
      model,
      vocabulary.terms,
      config.dimensions,
      pickOptions(options, MODELED_TERMS_OPTIONS),
    );
    return new SubtokenBagEncoder(config, vocabulary, new Map([[VARIABLE_NAMES.deltas, deltas]]));
  }

  /**
   * Reads a folder that {@link SubtokenBagEncoder.save} wrote.
   *
   * @throws Error naming the file that is missing or does not fit the others.
   */
  static async load(directory: string): Promise<SubtokenBagEncoder> {
    const config = checkedConfig((await readConfig(directory, 'subtoken-bag')) as SubtokenBagOptions);
    const vocabulary = await readVocabulary(directory);
    const path = join(directory, 'model.safetensors');
    const { tensors } = await readFiniteWeights(path);
    const initial = new Map<string, Float32Array>();
    for (const [key, shape] of variableShapes(config, vocabulary.terms.length)) {
      const name = VARIABLE_NAMES[key];
      const tensor = tensors.get(name);
      if (tensor?.shape.join() !== shape.join()) {
        const found = tensor === undefined ? 'no such tensor' : `[${tensor.shape.join(', ')}]`;
        throw new Error(`${path}: ${name} must have shape [${shape.join(', ')}], found ${found}`);
      }
      initial.set(name, tensor.data);
    }
    const scales = tensors.get(DELTA_SCALES);
    if (scales !== undefined) {
      if (scales.data.length !== vocabulary.terms.length) {
        const expected = `[${vocabulary.terms.length}]`;
        throw new Error(
          `${path}: ${DELTA_SCALES} must have shape ${expected}, found [${scales.shape.join(', ')}]`,
        );
      }
      scaleRows(initial.get(VARIABLE_NAMES.deltas)!, scales.data);
    }
    return new SubtokenBagEncoder(config, vocabulary, initial);
  }

  get variables(): readonly tf.Variable[] {
    return Object.values(this.#variables);
  }

  tokenize(texts: readonly string[], role: TextRole): BagOfTerms {
    return countTerms(texts, role, this.vocabulary);
  }

  select(tokens: BagOfTerms, rows: ArrayLike<number>): BagOfTerms {
    return selectBags(tokens, rows);
  }

  augment(tokens: BagOfTerms, _role: TextRole, random: Random): BagOfTerms {
    return this.config.dropout > 0 ? dropTerms(tokens, this.config.dropout, random) : tokens;
  }

  encode(tokens: BagOfTerms, role: TextRole): tf.Tensor2D {
    return tf.tidy(() => {
      const count = tokens.terms.length;
      if (count === 0) return tf.zeros([tokens.length, this.dimensions]);
      const { terms, columns, known } = distinctTerms(tokens, this.vocabulary.terms.length);
      const { deltas, queryGates, documentGates, fieldGates, projection } = this.#variables;
      const gates = role === 'query' ? queryGates : documentGates;
      const exponent = role === 'query' ? this.config.queryIdfPower : this.config.documentIdfPower;
      const counts = tf.tensor2d(tokens.counts, [count, FIELDS.length]);
      const fieldWeights = tf.reshape(tf.exp(fieldGates), [FIELDS.length, 1]) as tf.Tensor2D;
      const frequencies = tf.reshape(tf.log(tf.add(matMul(counts, fieldWeights), 1)), [count]);
      const idf = new Float32Array(count);
      for (let entry = 0; entry < count; entry++) idf[entry] = this.#idf(tokens.terms[entry]!) ** exponent;
      const gate = tf.exp(tf.mul(gatherRows(padded(gates), gateRows(tokens.terms, gates.size)), GATE_SCALE));
      const values = tf.mul(tf.mul(frequencies, tf.tensor1d(idf)), gate) as tf.Tensor1D;
      const fixed = this.#fixedVectors(terms, tokens.unknown);
      const layout = { offsets: tokens.offsets, columns, terms, known, fixed };
      const sums = bagProduct(values, deltas as tf.Tensor2D, layout);
      if (projection === undefined) return safeNormalize(sums);
      return safeNormalize(tf.add(sums, matMul(sums, projection as tf.Tensor2D)) as tf.Tensor2D);
    });
  }

  async save(directory: string, { precision = 'float32' }: SaveBagOptions = {}): Promise<void> {
    const tensors = new Map<string, NamedTensor | Int8Tensor>();
    for (const [key, variable] of Object.entries(this.#variables) as [keyof BagVariables, tf.Variable][]) {
      tensors.set(VARIABLE_NAMES[key], { shape: variable.shape, data: await variable.data<'float32'>() });
    }
    if (precision === 'int8') {
      const { shape, data } = tensors.get(VARIABLE_NAMES.deltas) as NamedTensor;
      const { values, scales } = quantizedRows(data, shape[0]!);
      tensors.set(VARIABLE_NAMES.deltas, { shape, data: values });
      tensors.set(DELTA_SCALES, { shape: [scales.length], data: scales });
    }
    await mkdir(directory, { recursive: true });
    await writeVocabulary(directory, this.vocabulary);
    await writeSafetensors(join(directory, 'model.safetensors'), tensors);
    await writeConfig(directory, this.kind, this.config);
  }

  dispose(): void {
    for (const variable of this.variables) variable.dispose();
  }

  #idf(term: number): number {
    return this.vocabulary.idf[term] ?? this.vocabulary.unknownIdf;
  }

  #fixedVectors(terms: Uint32Array, unknown: readonly string[]): Float32Array {
    const vectors = new Float32Array(terms.length * this.dimensions);
    const known = this.vocabulary.terms;
    for (let i = 0; i < terms.length; i++) {
      const row = terms[i]!;
      let vector =
        row < known.length ? this.#vectors[row] : this.#unknownVector(unknown[row - known.length]!);
      if (vector === undefined) {
        vector = termVector(known[row]!, this.config);
        this.#vectors[row] = vector;
      }
      vectors.set(vector, i * this.dimensions);
    }
    return vectors;
  }

  #unknownVector(term: string): Float32Array {
    let vector = this.#unknownVectors.get(term);
    if (vector === undefined) {
      if (this.#unknownVectors.size >= KEPT_UNKNOWN) this.#unknownVectors.clear();
      vector = termVector(term, this.config);
      this.#unknownVectors.set(term, vector);
    }
    return vector;
  }
}

/** Drawing a vector takes longer than adding it, and the words of one repository repeat. */
const KEPT_UNKNOWN = 1 << 15;

/** Steps of one size should move a gate as much as a vector, whose coordinates are smaller by about this factor. */
const GATE_SCALE = 16;

/** One more gate, fixed at 0, for all terms that the vocabulary lacks. */
const padded = (gates: tf.Tensor): tf.Tensor => tf.concat([gates, tf.zeros([1])]);

const gateRows = (terms: Uint32Array, size: number): Int32Array => {
  const rows = new Int32Array(terms.length);
  for (let entry = 0; entry < rows.length; entry++) rows[entry] = Math.min(terms[entry]!, size);
  return rows;
};

/** A batch's terms in rising order (so the unknown come last), and where each entry's term stands among them. */
const distinctTerms = (bags: BagOfTerms, vocabularySize: number) => {
  const position = new Int32Array(vocabularySize + bags.unknown.length);
  for (const term of bags.terms) position[term] = 1;
  const terms: number[] = [];
  position.forEach((isThere, term) => {
    if (isThere === 0) return;
    position[term] = terms.length;
    terms.push(term);
  });
  const columns = new Uint32Array(bags.terms.length);
  for (let entry = 0; entry < columns.length; entry++) columns[entry] = position[bags.terms[entry]!]!;
  let known = 0;
  while (known < terms.length && terms[known]! < vocabularySize) known++;
  return { terms: Uint32Array.from(terms), columns, known };
};
