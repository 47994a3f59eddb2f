import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { DenseMatrix } from '../../numerics/index.js';
import { checkOptions, type OptionNames, writeFolder } from '../../numerics/index.js';
import { safeNormalize } from '../../numerics/tensors/index.js';
import { encodeTokens } from '../encode-texts.js';
import type { Encoder, TextRole } from '../encoder.js';
import { readFiniteWeights } from '../finite-weights.js';
import { writeSafetensors } from '../safetensors.js';
import { newVariableScope } from '../variable-scope.js';
import { readConfig } from '../vocabulary-file.js';
import { type AdapterKind, applyHead, headVariables, initialHead } from './adapter-head.js';
import { type EmbeddedTexts, selectVectors, VectorStore, type VectorTokens } from './embedded-texts.js';

/** Anything that turns texts into vectors, such as an `Embedder`. */
export interface VectorSource {
  readonly name: string;
  embed(
    texts: readonly string[],
    options?: { readonly role?: TextRole; readonly signal?: AbortSignal },
  ): Promise<DenseMatrix>;
}

/** The head that {@link AdapterEncoder} trains on given vectors. */
export interface AdapterOptions {
  /** @defaultValue 'residual' */
  readonly head?: AdapterKind;
  /** Length of the learned vectors: another than the given one with `linear` alone. @defaultValue the given length */
  readonly dimensions?: number;
  /** Width of the hidden layer of `mlp`. @defaultValue the given length */
  readonly hiddenSize?: number;
  /** Whether queries and documents have a head each. @defaultValue false */
  readonly separateRoles?: boolean;
  /** @defaultValue 0 */
  readonly seed?: number;
}

/** What an adapter's config.json holds. */
interface AdapterConfig {
  readonly head: AdapterKind;
  readonly inputs: number;
  readonly dimensions: number;
  readonly hiddenSize: number;
  readonly separateRoles: boolean;
  readonly source: string;
}

const HEADS: readonly AdapterKind[] = ['linear', 'residual', 'mlp'];

const checkedAdapter = (config: AdapterConfig): AdapterConfig => {
  if (!HEADS.includes(config.head)) {
    throw new RangeError(`head must be one of ${HEADS.join(', ')}, received ${config.head}`);
  }
  for (const name of ['inputs', 'dimensions', 'hiddenSize'] as const) {
    if (!(Number.isInteger(config[name]) && config[name] > 0)) {
      throw new RangeError(`${name} must be a whole number above 0, received ${config[name]}`);
    }
  }
  if (config.head !== 'linear' && config.dimensions !== config.inputs) {
    throw new RangeError(
      `dimensions must be ${config.inputs}, that of the vectors, with a ${config.head} head, received ${config.dimensions}`,
    );
  }
  return config;
};

const ADAPTER_OPTIONS: OptionNames<AdapterOptions> = {
  head: true,
  dimensions: true,
  hiddenSize: true,
  separateRoles: true,
  seed: true,
};

/**
 * A learned head over the vectors of another model, from any API: that model stays unchanged and is called once
 * per text, so training takes seconds and a key, not a GPU.
 *
 * h(text) = normalize( head_role( normalize( v(text) ) ) ). At first h is v itself (or, with a `linear` head of
 * another length, a random projection of it).
 *
 * @example
 * ```ts
 * import { AdapterEncoder, LsaEncoder } from 'oasis-embed/encoders';
 * const queries = ['sorts numbers', 'reads a file'];
 * const documents = ['function sort(numbers) {}', 'function read(file) {}', 'function sortFile(file) {}'];
 * const model = LsaEncoder.fit([...queries, ...documents], { dimensions: 4 });
 * const encoder = await AdapterEncoder.over(model, { queries, documents });
 * const vectors = encoder.encode(encoder.tokenize(queries, 'query'), 'query');
 * console.log(vectors.shape, encoder.variables.length); // [2, 4] 1
 * ```
 */
export class AdapterEncoder implements Encoder<VectorTokens> {
  readonly kind = 'adapter';
  readonly #store: VectorStore;
  readonly #variables = new Map<string, tf.Variable>();

  private constructor(
    private readonly config: AdapterConfig,
    initial: (name: string, shape: readonly number[]) => Float32Array,
  ) {
    this.#store = new VectorStore(config.inputs);
    const scope = newVariableScope('adapter');
    for (const [name, shape] of variableShapes(config)) {
      const value = tf.tensor(initial(name, shape), [...shape]);
      this.#variables.set(name, tf.variable(value, true, `${scope}/${name}`));
      value.dispose();
    }
  }

  /**
   * @param embedded Texts with their vectors, all of one length; more can be added later.
   * @param source Names the model that gave the vectors, for the saved folder.
   * @throws {RangeError} When vectors and texts do not fit, or an option is out of range.
   */
  static create(
    embedded: { readonly queries: EmbeddedTexts; readonly documents: EmbeddedTexts },
    options: AdapterOptions = {},
    source = 'unknown',
  ): AdapterEncoder {
    checkOptions('AdapterEncoder.create', options, ADAPTER_OPTIONS);
    const { queries, documents } = embedded;
    const inputs = documents.vectors.rows > 0 ? documents.vectors.columns : queries.vectors.columns;
    const { head = 'residual', dimensions = inputs, hiddenSize = inputs, separateRoles = false } = options;
    const config = checkedAdapter({ head, inputs, dimensions, hiddenSize, separateRoles, source });
    const { seed = 0 } = options;
    const encoder = new AdapterEncoder(config, (name, shape) =>
      initialHead(head, name.slice(name.indexOf('_') + 1), shape, seed),
    );
    try {
      encoder.add('query', queries);
      encoder.add('document', documents);
    } catch (error) {
      encoder.dispose();
      throw error;
    }
    return encoder;
  }

  /** Asks a model for the vectors of all texts, once, and puts a new head over them. */
  static async over(
    model: VectorSource,
    texts: { readonly queries: readonly string[]; readonly documents: readonly string[] },
    options: AdapterOptions = {},
  ): Promise<AdapterEncoder> {
    checkOptions('AdapterEncoder.over', options, ADAPTER_OPTIONS);
    const { queries, documents } = texts;
    const embedded = {
      queries: { texts: queries, vectors: await model.embed(queries, { role: 'query' }) },
      documents: { texts: documents, vectors: await model.embed(documents, { role: 'document' }) },
    };
    return AdapterEncoder.create(embedded, options, model.name);
  }

  get dimensions(): number {
    return this.config.dimensions;
  }

  /** The model that gave the vectors. */
  get source(): string {
    return this.config.source;
  }

  get variables(): readonly tf.Variable[] {
    return [...this.#variables.values()];
  }

  /** More texts that {@link AdapterEncoder.tokenize} knows. */
  add(role: TextRole, embedded: EmbeddedTexts): void {
    this.#store.add(role, embedded);
  }

  /** @throws Error naming the first text whose vector was not given. */
  tokenize(texts: readonly string[], role: TextRole): VectorTokens {
    return this.#store.lookUp(role, texts);
  }

  select(tokens: VectorTokens, rows: ArrayLike<number>): VectorTokens {
    return selectVectors(tokens, rows);
  }

  encode({ length, columns, data }: VectorTokens, role: TextRole): tf.Tensor2D {
    const { head, inputs, dimensions, separateRoles } = this.config;
    if (columns !== inputs) {
      throw new RangeError(`vectors must have ${inputs} columns, received ${columns}`);
    }
    if (length === 0) return tf.zeros([0, dimensions]);
    return tf.tidy(() => {
      const x = safeNormalize(tf.tensor2d(data, [length, columns]));
      const prefix = separateRoles ? role : 'shared';
      return safeNormalize(applyHead(x, head, (name) => this.#variables.get(`${prefix}_${name}`)!));
    });
  }

  /** The learned vectors of vectors of the same model: what a search does with a new query. */
  async adapt(vectors: DenseMatrix, role: TextRole): Promise<DenseMatrix> {
    const { data, rows: length, columns } = vectors;
    return encodeTokens(this, { length, columns, data }, role);
  }

  /** Writes config.json and model.safetensors, whole or not at all; the given vectors are not part of it. */
  async save(directory: string): Promise<void> {
    const tensors = new Map<string, { shape: number[]; data: Float32Array }>();
    for (const [name, variable] of this.#variables) {
      tensors.set(name, { shape: variable.shape, data: await variable.data<'float32'>() });
    }
    const config = `${JSON.stringify({ kind: this.kind, ...this.config }, null, 2)}\n`;
    const write = async (temporary: string) => {
      await writeSafetensors(join(temporary, 'model.safetensors'), tensors);
      await writeFile(join(temporary, 'config.json'), config);
    };
    await writeFolder(directory, write, { last: 'config.json' });
  }

  /**
   * Reads a folder that {@link AdapterEncoder.save} wrote; texts are added by {@link AdapterEncoder.add}.
   *
   * @throws Error naming the file that is missing or does not fit the others.
   */
  static async load(directory: string): Promise<AdapterEncoder> {
    const stored = await readConfig(directory, 'adapter');
    let config: AdapterConfig;
    try {
      config = checkedAdapter(stored as unknown as AdapterConfig);
    } catch (error) {
      throw new Error(`${join(directory, 'config.json')}: ${(error as Error).message}`, { cause: error });
    }
    const path = join(directory, 'model.safetensors');
    const { tensors } = await readFiniteWeights(path);
    for (const [name, shape] of variableShapes(config)) {
      const found = tensors.get(name)?.shape;
      if (found?.join() !== shape.join()) {
        const has = found === undefined ? 'no such tensor' : `[${found.join(', ')}]`;
        throw new Error(`${path}: ${name} must have shape [${shape.join(', ')}], found ${has}`);
      }
    }
    return new AdapterEncoder(config, (name) => tensors.get(name)!.data);
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
  }
}

/** Every variable of a model of this config: the head's, once for both roles or once for each. */
const variableShapes = ({
  head,
  inputs,
  dimensions,
  hiddenSize,
  separateRoles,
}: AdapterConfig): [string, number[]][] =>
  (separateRoles ? ['query', 'document'] : ['shared']).flatMap((prefix) =>
    headVariables({ kind: head, inputs, outputs: dimensions, hidden: hiddenSize }).map(
      ([name, shape]): [string, number[]] => [`${prefix}_${name}`, shape],
    ),
  );
