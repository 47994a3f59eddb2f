import type * as tf from '@tensorflow/tfjs';
import { checkOptionNames, isMark, type OptionNames } from '../numerics/index.js';

/** A temperature τ (scale 1/τ): a number, or a scalar that training may change. */
export type Temperature = number | tf.Scalar | tf.Variable<tf.Rank.R0>;

/** Ids, one an item: an array, or a tensor of shape [P] or [P, 1], whose values are read back once. */
export type Ids = ArrayLike<number | string> | tf.Tensor;

/** Numbers, one an item: an array, or a tensor of shape [P] or [P, 1], whose values are read back once. */
export type Numbers = ArrayLike<number> | tf.Tensor;

/** Refuses options that a loss does not have; knows what other libraries call those that it has. */
export const checkOptions = <Options extends object>(
  functionName: string,
  options: Options | undefined,
  names: OptionNames<Options>,
): void =>
  checkOptionNames(
    functionName,
    options,
    names,
    ' scale:temperature tau:temperature dims:dimensions alpha:hardnessPenalty beta:hardnessWeighting',
  );

/** By its form, so that losses on typed arrays load without TensorFlow.js. */
export const isTensor = (value: unknown): value is tf.Tensor =>
  typeof value === 'object' && value !== null && 'dataId' in value && 'dtype' in value;

/** What came, as an error tells it. */
export const received = (value: unknown): string =>
  isTensor(value)
    ? `a ${value.dtype} tensor of shape [${value.shape.join(', ')}]`
    : typeof value === 'object' && value !== null
      ? (value.constructor?.name ?? 'an object')
      : typeof value === 'string'
        ? `'${value}'`
        : String(value);

/** Throws the error that names an argument, what was expected and what came. */
export const refuse = (
  name: string,
  expected: string,
  value: unknown,
  Kind: ErrorConstructor = RangeError,
): never => {
  throw new Kind(`${name} must ${expected}, received ${received(value)}`);
};

export const checkLength = (
  name: string,
  symbol: string,
  values: ArrayLike<unknown>,
  length: number,
): void => {
  if (typeof values !== 'object' || typeof values?.length !== 'number')
    refuse(name, `be an array of length ${symbol} = ${length}`, values, TypeError);
  if (values.length !== length)
    throw new RangeError(`${name} must have shape [${symbol}] = [${length}], received [${values.length}]`);
};

/** Values of length `length` on the host; those of a tensor are read back. */
export const readArray = <T>(
  name: string,
  symbol: string,
  values: ArrayLike<T> | tf.Tensor,
  length: number,
): ArrayLike<T> => {
  if (isTensor(values)) {
    if (values.size !== length || values.shape[0] !== length)
      refuse(name, `have shape [${symbol}] = [${length}]`, values);
    try {
      return values.dataSync() as unknown as ArrayLike<T>;
    } catch (cause) {
      throw new TypeError(`${name} must be an array on a backend that cannot read tensors at once`, {
        cause,
      });
    }
  }
  checkLength(name, symbol, values, length);
  return values;
};

/** Finite numbers of length `length` on the host. */
export const readNumbers = (name: string, symbol: string, values: Numbers, length: number) => {
  const numbers = readArray<number>(name, symbol, values, length);
  checkFinite(name, numbers);
  return numbers;
};

/** Weights of length `length` on the host, where there are any. */
export const readWeights = (values: Numbers | undefined, symbol: string, length: number) => {
  if (values === undefined) return;
  const weights = readArray<number>('weights', symbol, values, length);
  checkWeights('weights', weights);
  return weights;
};

/** Ids of length `length` on the host, where there are any. */
export const readIds = (name: string, symbol: string, values: Ids | undefined, length: number) => {
  if (values === undefined) return;
  const ids = readArray<number | string>(name, symbol, values, length);
  checkEach(name, ids, isId, 'be a number or a string', TypeError);
  return ids;
};

/** Marks of length `length` on the host: true or 1, false or 0, and nothing else that may pass for true. */
export const readMarks = (name: string, values: ArrayLike<number | boolean> | tf.Tensor, length: number) => {
  const marks = readArray<number | boolean>(name, 'P', values, length);
  checkEach(name, marks, isMark, 'be true, false, 0 or 1');
  return marks;
};

const isId = (id: unknown): boolean =>
  typeof id === 'string' || (typeof id === 'number' && !Number.isNaN(id));

/** Products of two larger numbers would become infinite in float32. */
const isWeight = (weight: unknown): boolean => (weight as number) >= 0 && (weight as number) <= 1e30;
const A_WEIGHT = 'lie in [0, 1e30]';

const checkEach = (
  name: string,
  values: ArrayLike<unknown>,
  holds: (value: unknown) => boolean,
  expected: string,
  Kind?: ErrorConstructor,
): void => {
  for (let i = 0; i < values.length; i++)
    if (!holds(values[i])) refuse(`${name}[${i}]`, expected, values[i], Kind);
};

export const checkFinite = (name: string, values: ArrayLike<number>): void =>
  checkEach(name, values, Number.isFinite, 'be a finite number');

/** Refuses numbers that the device could not compute with. */
export const checkWithin = (name: string, values: ArrayLike<number>, bound: number): void =>
  checkEach(name, values, (value) => Math.abs(value as number) <= bound, `lie in [-${bound}, ${bound}]`);

export const checkWeights = (name: string, weights: ArrayLike<number>): void =>
  checkEach(name, weights, isWeight, A_WEIGHT);

export const checkNonNegative = (name: string, value: number): void => {
  if (!isWeight(value)) refuse(name, A_WEIGHT, value);
};

export const checkIndices = (name: string, indices: ArrayLike<number>, bound: number, of: string): void => {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(Number.isInteger(index) && index >= 0 && index < bound))
      refuse(`${name}[${i}]`, `name a row of ${of} in [0, ${bound})`, index);
  }
};

/** A scalar tensor's value stays on the device, so only its shape can be checked. */
export const checkTemperature = (temperature: Temperature, name = 'temperature'): void => {
  if (typeof temperature === 'number') {
    // Beyond these, scores over τ, and τ², would leave the range of float32.
    if (!(temperature >= 1e-12 && temperature <= 1e12)) refuse(name, 'lie in [1e-12, 1e12]', temperature);
  } else if (!(isTensor(temperature) && temperature.size === 1))
    refuse(name, 'be a number or a scalar tensor', temperature, TypeError);
};

export const checkOneOf = (name: string, value: string, allowed: readonly string[]): void => {
  if (!allowed.includes(value)) refuse(name, `be one of ${allowed.join(', ')}`, value);
};

/** Refuses what is no object where named values are expected, such as null for options that were left out. */
export const checkObject = (name: string, value: unknown): void => {
  if (typeof value !== 'object' || value === null) refuse(name, 'be an object', value, TypeError);
};

export const checkBoolean = (name: string, value: unknown): void => {
  if (typeof value !== 'boolean') refuse(name, 'be true or false', value, TypeError);
};
