import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { DenseMatrix } from '../numerics/index.js';
import { checkOptions, checkPositiveInteger, type OptionNames, pickOptions } from '../numerics/index.js';
import { subtokens } from '../syntax/index.js';
import { readFiniteWeights } from './finite-weights.js';
import { writeSafetensors } from './safetensors.js';
import type { SparseMatrix } from './sparse-matrix.js';
import { truncatedSvd } from './truncated-svd.js';
import { fitVocabulary, VOCABULARY_OPTIONS, type Vocabulary, type VocabularyOptions } from './vocabulary.js';
import { readConfig, readVocabulary, writeConfig, writeVocabulary } from './vocabulary-file.js';

/** The width and vocabulary of latent semantic analysis. */
export interface LsaOptions extends VocabularyOptions {
  /** Length of the vectors; fewer come out when the texts span fewer directions. @defaultValue 256 */
  readonly dimensions?: number;
  /** Of the random sketch. @defaultValue 0 */
  readonly seed?: number;
  /** Called after each pass over the matrix: fitting thousands of texts takes seconds. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The options of an embedding call that LSA reads. Both roles are embedded the same way. */
export interface LsaEmbedOptions {
  readonly role?: 'query' | 'document';
  readonly signal?: AbortSignal;
}

/** Rows of unit length of (1 + log tf) · idf. */
const weightedRows = (texts: readonly string[], vocabulary: Vocabulary): SparseMatrix => {
  const offsets = new Uint32Array(texts.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  texts.forEach((text, i) => {
    const counts = new Map<number, number>();
    for (const term of subtokens(text)) {
      const row = vocabulary.index.get(term);
      if (row !== undefined) counts.set(row, (counts.get(row) ?? 0) + 1);
    }
    let squares = 0;
    const weights = [...counts].map(([row, count]) => {
      const weight = (1 + Math.log(count)) * vocabulary.idf[row]!;
      squares += weight * weight;
      return [row, weight] as const;
    });
    const length = Math.sqrt(squares) || 1;
    for (const [row, weight] of weights) {
      indices.push(row);
      values.push(weight / length);
    }
    offsets[i + 1] = indices.length;
  });
  return {
    rows: texts.length,
    columns: vocabulary.terms.length,
    offsets,
    indices: Uint32Array.from(indices),
    values: Float32Array.from(values),
  };
};

const LSA_OPTIONS: OptionNames<LsaOptions> = {
  dimensions: true,
  seed: true,
  onProgress: true,
  minimumFrequency: true,
  maximumTerms: true,
  words: true,
};

const LSA_EMBED_OPTIONS: OptionNames<LsaEmbedOptions> = { role: true, signal: true };

/**
 * Latent semantic analysis: texts as points in the principal subspace of the log-tf-idf matrix of their subtokens.
 *
 * Needs no TensorFlow.js, no network and no training: an offline `Embedder` whose cosines can stand in for a
 * model's similarities. Texts without a known term get the zero vector.
 *
 * @example
 * ```ts
 * import { LsaEncoder } from 'oasis-embed/encoders';
 * const texts = ['sort a list', 'sorted list of numbers', 'open a file', 'read the file'];
 * const encoder = LsaEncoder.fit(texts, { dimensions: 2 });
 * const vectors = await encoder.embed(['sort numbers in a list'], { role: 'query' });
 * console.log(vectors.rows, vectors.columns); // 1 2
 * ```
 * @see Deerwester et al., "Indexing by Latent Semantic Analysis", JASIS 1990
 */
export class LsaEncoder {
  readonly kind = 'lsa';

  private constructor(
    readonly vocabulary: Vocabulary,
    /** [V, D], a text's vector is its weighted row times this. */
    readonly projection: DenseMatrix,
    readonly singularValues: Float64Array,
    readonly seed: number,
  ) {}

  get dimensions(): number {
    return this.projection.columns;
  }

  get name(): string {
    return `lsa-${this.dimensions}-${this.vocabulary.terms.length}`;
  }

  /**
   * @throws {RangeError} When an option is out of range or no term occurs in enough texts.
   *
   * Time: 15,000 texts of 20,000 terms to 256 dimensions take about ten seconds.
   */
  static fit(texts: readonly string[], options: LsaOptions = {}): LsaEncoder {
    checkOptions('LsaEncoder.fit', options, LSA_OPTIONS);
    const { dimensions = 256, seed = 0, onProgress } = options;
    checkPositiveInteger('dimensions', dimensions);
    const vocabulary = fitVocabulary([texts], pickOptions(options, VOCABULARY_OPTIONS));
    if (vocabulary.terms.length === 0) {
      throw new RangeError(
        `texts must share terms: none of ${texts.length} texts has one that occurs in ` +
          `${options.minimumFrequency ?? 2} of them`,
      );
    }
    const { rightVectors, singularValues } = truncatedSvd(weightedRows(texts, vocabulary), {
      rank: dimensions,
      seed,
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const projection = {
      data: Float32Array.from(rightVectors.data),
      rows: rightVectors.rows,
      columns: rightVectors.columns,
    };
    return new LsaEncoder(vocabulary, projection, singularValues, seed);
  }

  /** Rows of unit length, [N, D]. */
  async embed(texts: readonly string[], options: LsaEmbedOptions = {}): Promise<DenseMatrix> {
    checkOptions('LsaEncoder.embed', options, LSA_EMBED_OPTIONS);
    const { signal } = options;
    signal?.throwIfAborted();
    const { data: projection, columns } = this.projection;
    const { offsets, indices, values } = weightedRows(texts, this.vocabulary);
    const data = new Float32Array(texts.length * columns);
    const row = new Float64Array(columns);
    for (let i = 0; i < texts.length; i++) {
      row.fill(0);
      for (let entry = offsets[i]!; entry < offsets[i + 1]!; entry++) {
        const start = indices[entry]! * columns;
        for (let j = 0; j < columns; j++) row[j] = row[j]! + values[entry]! * projection[start + j]!;
      }
      const length = Math.hypot(...row) || 1;
      for (let j = 0; j < columns; j++) data[i * columns + j] = row[j]! / length;
    }
    return { data, rows: texts.length, columns };
  }

  /** Writes config.json, vocabulary.json and model.safetensors. */
  async save(directory: string): Promise<void> {
    await mkdir(directory, { recursive: true });
    await writeVocabulary(directory, this.vocabulary);
    const { data, rows, columns } = this.projection;
    await writeSafetensors(
      join(directory, 'model.safetensors'),
      new Map([['projection', { shape: [rows, columns], data }]]),
    );
    await writeConfig(directory, this.kind, {
      dimensions: columns,
      seed: this.seed,
      singularValues: Array.from(this.singularValues),
    });
  }

  /**
   * Reads a folder that {@link LsaEncoder.save} wrote.
   *
   * @throws Error naming the file that is missing or does not fit the others.
   */
  static async load(directory: string): Promise<LsaEncoder> {
    const { seed, singularValues } = await readConfig(directory, 'lsa');
    const vocabulary = await readVocabulary(directory);
    const path = join(directory, 'model.safetensors');
    const projection = (await readFiniteWeights(path)).tensors.get('projection');
    const [rows, columns] = projection?.shape ?? [];
    if (projection?.shape.length !== 2 || rows !== vocabulary.terms.length || columns === undefined) {
      throw new Error(`${path}: projection must have shape [${vocabulary.terms.length}, D]`);
    }
    if (!Array.isArray(singularValues) || singularValues.length !== columns || typeof seed !== 'number') {
      throw new Error(`${join(directory, 'config.json')}: must have a seed and ${columns} singularValues`);
    }
    return new LsaEncoder(
      vocabulary,
      { data: projection.data, rows, columns },
      Float64Array.from(singularValues as number[]),
      seed,
    );
  }
}
