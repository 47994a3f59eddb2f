import { checkPositiveInteger } from '../numerics/index.js';
import { FIELDS } from './bag-of-terms.js';
import type { VocabularyOptions } from './vocabulary.js';

/** The width, vocabulary and weights of a bag of subtokens. */
export interface SubtokenBagOptions extends VocabularyOptions {
  /** Length of the vectors. @defaultValue 384 */
  readonly dimensions?: number;
  /** Of the fixed random vectors. @defaultValue 0 */
  readonly seed?: number;
  /** How much of a term's fixed vector comes from its character n-grams, in [0, 1). @defaultValue 0.9 */
  readonly subwordShare?: number;
  /** The power of the idf in a query's term weights. @defaultValue 1 */
  readonly queryIdfPower?: number;
  /** The power of the idf in a document's term weights. @defaultValue 0.5 */
  readonly documentIdfPower?: number;
  /** Where the log weights of name, rest of the head, and body start. @defaultValue [3, 1.5, -1] */
  readonly fieldGates?: readonly number[];
  /** In training, the probability that a term is left out of a text, in [0, 1). @defaultValue 0.3 */
  readonly dropout?: number;
  /** Whether a learned [D, D] projection, at first the identity, follows the sum. @defaultValue true */
  readonly projection?: boolean;
}

/** The settings of a model, as its config.json holds them. */
export type SubtokenBagConfig = Readonly<Required<Omit<SubtokenBagOptions, keyof VocabularyOptions>>>;

/** Steps of one size should move a gate as much as a vector, whose coordinates are smaller by about this factor. */
export const GATE_SCALE = 16;

const inUnit = (name: string, value: number) => {
  if (!(value >= 0 && value < 1)) throw new RangeError(`${name} must be in [0, 1), received ${value}`);
};

/** Fills in the defaults. @throws {RangeError} When a value is out of its range. */
export const checkedConfig = ({
  dimensions = 384,
  seed = 0,
  subwordShare = 0.9,
  queryIdfPower = 1,
  documentIdfPower = 0.5,
  fieldGates = [3, 1.5, -1],
  dropout = 0.3,
  projection = true,
}: SubtokenBagOptions): SubtokenBagConfig => {
  checkPositiveInteger('dimensions', dimensions);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed must be a safe integer, received ${seed}`);
  inUnit('subwordShare', subwordShare);
  inUnit('dropout', dropout);
  if (!Number.isFinite(queryIdfPower)) {
    throw new RangeError(`queryIdfPower must be a number, received ${queryIdfPower}`);
  }
  if (!Number.isFinite(documentIdfPower)) {
    throw new RangeError(`documentIdfPower must be a number, received ${documentIdfPower}`);
  }
  if (fieldGates.length !== FIELDS.length || !fieldGates.every(Number.isFinite)) {
    throw new RangeError(`fieldGates must be ${FIELDS.length} numbers, received [${fieldGates}]`);
  }
  return { dimensions, seed, subwordShare, queryIdfPower, documentIdfPower, fieldGates, dropout, projection };
};
