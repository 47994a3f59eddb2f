import type * as tf from '@tensorflow/tfjs';
import { checkOptionNames, isMark, type OptionNames } from '../numerics/index.js';

/** A temperature τ (scale 1/τ): a number, or a scalar that training may change. */
export type Temperature = number | tf.Scalar | tf.Variable<tf.Rank.R0>;

/** Ids, one an item: an array, or a tensor of shape [P] or [P, 1], whose values are read back once. */
export type Ids = ArrayLike<number | string> | tf.Tensor;

/** Numbers, one an item: an array, or a tensor of shape [P] or [P, 1], whose values are read back once. */
export type Numbers = ArrayLike<number> | tf.Tensor;

/**
 * Refuses options that a loss does not have; knows what other libraries call those that it has.
 *
 * @param words Such names beside those of the temperature, each with a space before it.
 */
export const checkOptions = <Options extends object>(
  functionName: string,
  options: Options | undefined,
  names: OptionNames<Options>,
  words = '',
): void => checkOptionNames(functionName, options, names, ` scale:temperature tau:temperature${words}`);

/** By its form, so that losses on typed arrays load without TensorFlow.js. */
export const isTensor = (value: unknown): value is tf.Tensor =>
  (value as tf.Tensor | null | undefined)?.dataId !== undefined && (value as tf.Tensor).dtype !== undefined;

/** A tensor whose values are still there. */
export const isLiveTensor = (value: unknown): value is tf.Tensor => isTensor(value) && !value.isDisposed;

/** What came, as an error tells it: of an object its class, and of an array its length. */
export const received = (value: unknown): string => {
  if (isTensor(value))
    return `a ${value.isDisposed ? 'disposed ' : ''}${value.dtype} tensor of shape [${value.shape.join(', ')}]`;
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  const { length } = value as ArrayLike<unknown>;
  return `${value.constructor?.name ?? 'an object'}${typeof length === 'number' ? ` [${length}]` : ''}`;
};

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
  if (values.length !== length) refuseShape(name, symbol, length, values);
};

const refuseShape = (name: string, symbol: string, length: number, values: unknown): never =>
  refuse(name, `have shape [${symbol}] = [${length}]`, values);

/** Values of length `length` on the host; those of a tensor are read back. */
export const readArray = <T>(
  name: string,
  symbol: string,
  values: ArrayLike<T> | tf.Tensor,
  length: number,
): ArrayLike<T> => {
  if (!isTensor(values)) {
    checkLength(name, symbol, values, length);
    return values;
  }
  if (values.size !== length || values.shape[0] !== length) refuseShape(name, symbol, length, values);
  try {
    return values.dataSync() as unknown as ArrayLike<T>;
  } catch (cause) {
    throw new TypeError(`${name} must be an array on a backend that cannot read tensors at once`, {
      cause,
    });
  }
};

/** What holds of each element, how an error says so, and its kind. */
type Elements = readonly [holds: (element: unknown) => boolean, expected: string, Kind?: ErrorConstructor];

const FINITE: Elements = [Number.isFinite, 'be a finite number'];

// Products of two larger numbers would become infinite in float32.
const WEIGHT: Elements = [
  (weight) => Number.isFinite(weight) && (weight as number) >= 0 && (weight as number) <= 1e30,
  'lie in [0, 1e30]',
];

const ID: Elements = [
  (id) => typeof id === 'string' || (typeof id === 'number' && !Number.isNaN(id)),
  'be a number or a string',
  TypeError,
];

const MARK: Elements = [isMark, 'be true, false, 0 or 1'];

const checkEach = (name: string, values: ArrayLike<unknown>, [holds, expected, Kind]: Elements): void => {
  for (let i = 0; i < values.length; i++)
    if (!holds(values[i])) refuse(`${name}[${i}]`, expected, values[i], Kind);
};

const readEach = <T>(
  name: string,
  symbol: string,
  values: ArrayLike<T> | tf.Tensor,
  length: number,
  elements: Elements,
): ArrayLike<T> => {
  const read = readArray(name, symbol, values, length);
  checkEach(name, read, elements);
  return read;
};

/** Finite numbers of length `length` on the host. */
export const readNumbers = (name: string, symbol: string, values: Numbers, length: number) =>
  readEach<number>(name, symbol, values, length, FINITE);

/** Weights of length `length` on the host, where there are any. */
export const readWeights = (values: Numbers | undefined, symbol: string, length: number) =>
  values === undefined ? values : readEach<number>('weights', symbol, values, length, WEIGHT);

/** Ids of length `length` on the host, where there are any. */
export const readIds = (name: string, symbol: string, values: Ids | undefined, length: number) =>
  values === undefined ? values : readEach<number | string>(name, symbol, values, length, ID);

/** Marks of length `length` on the host: true or 1, false or 0, and nothing else that may pass for true. */
export const readMarks = (name: string, values: ArrayLike<number | boolean> | tf.Tensor, length: number) =>
  readEach<number | boolean>(name, 'P', values, length, MARK);

export const checkFinite = (name: string, values: ArrayLike<number>): void => checkEach(name, values, FINITE);

/** Refuses numbers that the device could not compute with. */
export const checkWithin = (name: string, values: ArrayLike<number>, bound: number): void =>
  checkEach(name, values, [
    (value) => Number.isFinite(value) && Math.abs(value as number) <= bound,
    `lie in [-${bound}, ${bound}]`,
  ]);

export const checkWeights = (name: string, weights: ArrayLike<number>): void =>
  checkEach(name, weights, WEIGHT);

export const checkNonNegative = (name: string, value: number): void => {
  const [holds, expected] = WEIGHT;
  if (!holds(value)) refuse(name, expected, value);
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
  } else if (!(isLiveTensor(temperature) && temperature.size === 1))
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
