import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FIELDS } from './bag-of-terms.js';
import { finiteWeights } from './finite-weights.js';
import { reasonOf } from './read-files.js';
import { decodeValues, headerLength, parseHeader } from './safetensors-header.js';
import { checkedConfig, type SubtokenBagConfig, type SubtokenBagOptions } from './subtoken-bag-config.js';
import type { Vocabulary } from './vocabulary.js';
import { readConfig, readVocabulary } from './vocabulary-file.js';

/** The learned arrays of a bag of subtokens. */
export type BagVariable = 'deltas' | 'queryGates' | 'documentGates' | 'fieldGates' | 'projection';

export const VARIABLE_NAMES: Readonly<Record<BagVariable, string>> = {
  deltas: 'term_deltas',
  queryGates: 'query_gates',
  documentGates: 'document_gates',
  fieldGates: 'field_gates',
  projection: 'projection',
};

/** [V], what the vectors of an int8 model are multiplied by. */
export const DELTA_SCALES = 'term_delta_scales';

/** The shape of each array that a model of this config has. */
export const variableShapes = (config: SubtokenBagConfig, terms: number): [BagVariable, number[]][] => [
  ['deltas', [terms, config.dimensions]],
  ['queryGates', [terms]],
  ['documentGates', [terms]],
  ['fieldGates', [FIELDS.length]],
  ...(config.projection
    ? [['projection', [config.dimensions, config.dimensions]] as [BagVariable, number[]]]
    : []),
];

/** A folder of a bag of subtokens as it was read. */
export interface BagFiles {
  readonly config: SubtokenBagConfig;
  readonly vocabulary: Vocabulary;
  /** Of an int8 model the terms' vectors as they are stored, [V, D]. */
  readonly deltas: Float32Array | Int8Array;
  /** [V], what each term's stored vector is multiplied by; null where it is stored as it is. */
  readonly scales: Float32Array | null;
  /** The other arrays. */
  readonly variables: ReadonlyMap<BagVariable, Float32Array>;
}

/** @throws Error naming the file that is missing or does not fit the others. */
export const readBagFiles = async (directory: string): Promise<BagFiles> => {
  const config = checkedConfig((await readConfig(directory, 'subtoken-bag')) as SubtokenBagOptions);
  const vocabulary = await readVocabulary(directory);
  const path = join(directory, 'model.safetensors');
  const stored = await readStored(path);
  const read = (name: string, shape: readonly number[]) => {
    const tensor = stored.get(name);
    if (tensor?.shape.join() !== shape.join()) {
      const found = tensor === undefined ? 'no such tensor' : `[${tensor.shape.join(', ')}]`;
      throw new Error(`${path}: ${name} must have shape [${shape.join(', ')}], found ${found}`);
    }
    return tensor;
  };
  const values = (name: string, bytes: Uint8Array, dtype: string) =>
    finiteWeights(path, name, decodeValues(bytes, dtype));
  const variables = new Map<BagVariable, Float32Array>();
  let deltas: Float32Array | Int8Array = new Float32Array(0);
  for (const [key, shape] of variableShapes(config, vocabulary.terms.length)) {
    const { bytes, dtype } = read(VARIABLE_NAMES[key], shape);
    if (key === 'deltas')
      deltas =
        dtype === 'I8'
          ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
          : values(VARIABLE_NAMES[key], bytes, dtype);
    else variables.set(key, values(VARIABLE_NAMES[key], bytes, dtype));
  }
  const hasScales = stored.has(DELTA_SCALES);
  const scales = hasScales ? read(DELTA_SCALES, [vocabulary.terms.length]) : null;
  return {
    config,
    vocabulary,
    deltas,
    scales: scales === null ? null : values(DELTA_SCALES, scales.bytes, scales.dtype),
    variables,
  };
};

const readStored = async (path: string) => {
  try {
    const file = await readFile(path);
    const start = 8 + headerLength(file, file.length);
    const { entries } = parseHeader(file.subarray(8, start), file.length - start);
    return new Map(
      entries.map(({ name, dtype, shape, begin, end }) => [
        name,
        { dtype, shape, bytes: file.subarray(start + begin, start + end) },
      ]),
    );
  } catch (error) {
    throw new Error(`cannot read ${path}: ${reasonOf(error)}`, { cause: error });
  }
};
