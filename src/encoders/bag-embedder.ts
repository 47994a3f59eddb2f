import { checkOptions, type DenseMatrix, denseMemory, type OptionNames } from '../numerics/index.js';
import type { VectorSource } from './adapter/adapter-encoder.js';
import { type BagFiles, readBagFiles } from './bag-files.js';
import { type BagOfTerms, countTerms, FIELDS } from './bag-of-terms.js';
import type { TextRole } from './encoder.js';
import { GATE_SCALE } from './subtoken-bag-config.js';
import { termVector } from './term-vectors.js';

/** How {@link BagEmbedder.embed} reads texts. */
export interface BagEmbedOptions {
  /** Which side of the search the texts stand on. @defaultValue 'document' */
  readonly role?: TextRole;
  readonly signal?: AbortSignal;
}

const EMBED_OPTIONS: OptionNames<BagEmbedOptions> = { role: true, signal: true };

/** Texts that are embedded at a time: their sums and the vectors of their terms are in memory together. */
const BATCH = 512;
/** Drawing a vector takes longer than adding it, and the words of one repository repeat. */
const KEPT_UNKNOWN = 1 << 15;

/**
 * A trained bag of subtokens that only embeds, without TensorFlow.js: the vectors of a {@link SubtokenBagEncoder} of the
 * same folder, to rounding in float32.
 *
 * The terms' vectors stay as they are stored, one byte a number for an int8 model, so a model of 16 MB is ready in a
 * tenth of a second. Time O(length of the texts + D · distinct terms + N · D²); memory the model, the vectors of the
 * terms met so far, and the result.
 *
 * @example
 * ```ts
 * import { mkdtemp } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * import { BagEmbedder, SubtokenBagEncoder } from 'oasis-embed/encoders';
 * const documents = ['function add(a, b) { return a + b; }', 'function last(list) { return list.at(-1); }'];
 * const folder = await mkdtemp(join(tmpdir(), 'model-'));
 * await SubtokenBagEncoder.fit({ queries: [], documents }, { dimensions: 64 }).save(folder);
 * const embedder = await BagEmbedder.load(folder);
 * const { rows, columns } = await embedder.embed(documents);
 * console.log(rows, columns); // 2 64
 * ```
 */
export class BagEmbedder implements VectorSource {
  readonly name = 'subtoken-bag';
  readonly dimensions: number;
  readonly #files: BagFiles;
  readonly #known: Float32Array[] = [];
  readonly #unknown = new Map<string, Float32Array>();

  private constructor(files: BagFiles) {
    this.#files = files;
    this.dimensions = files.config.dimensions;
  }

  /**
   * Reads a folder that {@link SubtokenBagEncoder.save} wrote.
   *
   * @throws Error naming the file that is missing or does not fit the others.
   */
  static async load(directory: string): Promise<BagEmbedder> {
    return new BagEmbedder(await readBagFiles(directory));
  }

  /**
   * @param texts [N]; none gives a matrix of no rows.
   * @returns [N, D], row i for `texts[i]`, of unit length; zeros for a text without a letter or digit.
   */
  async embed(texts: readonly string[], options: BagEmbedOptions = {}): Promise<DenseMatrix> {
    checkOptions('BagEmbedder.embed', options, EMBED_OPTIONS);
    const { role = 'document', signal } = options;
    const columns = this.dimensions;
    const data = new Float32Array(texts.length * columns);
    for (let start = 0; start < texts.length; start += BATCH) {
      signal?.throwIfAborted();
      const batch = countTerms(texts.slice(start, start + BATCH), role, this.#files.vocabulary);
      this.#embedBatch(batch, role, data.subarray(start * columns, (start + batch.length) * columns));
    }
    return { data, rows: texts.length, columns };
  }

  #embedBatch(bags: BagOfTerms, role: TextRole, target: Float32Array): void {
    const columns = this.dimensions;
    const { terms, offsets, length } = bags;
    const projection = this.#files.variables.get('projection');
    const place = new Map<number, number>();
    for (const term of terms) if (!place.has(term)) place.set(term, place.size);
    const memory = denseMemory();
    const [sums, vectors, map, unit] = memory.allocate([
      length * columns,
      place.size * columns,
      projection?.length ?? 0,
      projection === undefined ? 0 : length * columns,
    ]) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const rows: Float32Array[] = [];
    for (const [term, row] of place) {
      rows.push(vectors.subarray(row * columns, (row + 1) * columns));
      rows[row]!.set(this.#vector(term, bags.unknown));
    }
    const weights = this.#weights(bags, role);
    for (let i = 0; i < length; i++) {
      const sum = sums.subarray(i * columns, (i + 1) * columns);
      for (let entry = offsets[i]!; entry < offsets[i + 1]!; entry++)
        memory.addScaled(rows[place.get(terms[entry]!)!]!, sum, weights[entry]!);
    }
    let result = sums;
    if (projection !== undefined) {
      map.set(projection);
      unit.set(sums);
      memory.product({
        a: sums,
        aRow: columns,
        aColumn: 1,
        b: map,
        bRow: columns,
        bColumn: 1,
        c: unit,
        m: length,
        n: columns,
        k: columns,
        add: true,
      });
      result = unit;
    }
    normalizeInto(result, columns, target);
  }

  /** [entries] */
  #weights({ terms, counts }: BagOfTerms, role: TextRole): Float64Array {
    const { config, vocabulary, variables } = this.#files;
    const gates = variables.get(role === 'query' ? 'queryGates' : 'documentGates')!;
    const exponent = role === 'query' ? config.queryIdfPower : config.documentIdfPower;
    const fields = Float64Array.from(variables.get('fieldGates')!, Math.exp);
    return Float64Array.from(terms, (term, entry) => {
      let frequency = 0;
      for (let f = 0; f < FIELDS.length; f++) frequency += fields[f]! * counts[entry * FIELDS.length + f]!;
      const idf = vocabulary.idf[term] ?? vocabulary.unknownIdf;
      return Math.log1p(frequency) * idf ** exponent * Math.exp(GATE_SCALE * (gates[term] ?? 0));
    });
  }

  #vector(term: number, unknown: readonly string[]): Float32Array {
    const { config, vocabulary, deltas, scales } = this.#files;
    const { length } = vocabulary.terms;
    if (term >= length) return this.#unknownVector(unknown[term - length]!);
    const known = this.#known[term];
    if (known !== undefined) return known;
    const vector = termVector(vocabulary.terms[term]!, config);
    const scale = scales?.[term] ?? 1;
    const at = term * vector.length;
    for (let i = 0; i < vector.length; i++) vector[i]! += scale * deltas[at + i]!;
    this.#known[term] = vector;
    return vector;
  }

  #unknownVector(term: string): Float32Array {
    let vector = this.#unknown.get(term);
    if (vector === undefined) {
      if (this.#unknown.size >= KEPT_UNKNOWN) this.#unknown.clear();
      vector = termVector(term, this.#files.config);
      this.#unknown.set(term, vector);
    }
    return vector;
  }
}

/** Rows at length 1; a row of zeros stays one. */
const normalizeInto = (x: Float32Array, columns: number, target: Float32Array): void => {
  for (let start = 0; start < target.length; start += columns) {
    let squares = 0;
    for (let i = start; i < start + columns; i++) squares += x[i]! * x[i]!;
    const inverse = squares === 0 ? 0 : 1 / Math.sqrt(squares);
    for (let i = start; i < start + columns; i++) target[i] = x[i]! * inverse;
  }
};
