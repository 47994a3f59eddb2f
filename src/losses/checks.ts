import type * as tf from '@tensorflow/tfjs';

/** A temperature τ (scale 1/τ): a number, or a scalar that training may change. */
export type Temperature = number | tf.Scalar | tf.Variable<tf.Rank.R0>;

/** By its form, so that losses on typed arrays load without TensorFlow.js. */
const isTensor = (value: unknown): value is tf.Tensor =>
  value !== null && typeof value === 'object' && 'dataId' in value && 'shape' in value && 'dtype' in value;

const received = (value: unknown): string =>
  isTensor(value)
    ? `a ${value.dtype} tensor of shape [${value.shape.join(', ')}]`
    : typeof value === 'object' && value !== null
      ? (value.constructor?.name ?? 'an object')
      : String(value);

/** Checks rank and type of a tensor argument; nothing is read back from the device. */
export const checkTensor = (name: string, value: unknown, shape: readonly string[]): void => {
  const ok = isTensor(value) && value.rank === shape.length && value.dtype === 'float32';
  if (!ok) {
    throw new TypeError(
      `${name} must be a float32 tensor of shape [${shape.join(', ')}], received ${received(value)}`,
    );
  }
};

export const checkLength = (
  name: string,
  symbol: string,
  values: ArrayLike<unknown>,
  length: number,
): void => {
  if (values === null || typeof values !== 'object' || typeof values.length !== 'number') {
    throw new TypeError(
      `${name} must be an array of length ${symbol} = ${length}, received ${received(values)}`,
    );
  }
  if (values.length !== length) {
    throw new RangeError(`${name} must have shape [${symbol}] = [${length}], received [${values.length}]`);
  }
};

export const checkFinite = (name: string, values: ArrayLike<number>): void => {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new RangeError(`${name}[${i}] must be a finite number, received ${received(values[i])}`);
    }
  }
};

export const checkWeights = (name: string, weights: ArrayLike<number>): void => {
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!(weight >= 0 && weight < Infinity)) checkNonNegative(`${name}[${i}]`, weight);
  }
};

export const checkIndices = (name: string, indices: ArrayLike<number>, bound: number, of: string): void => {
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i]!;
    if (!(Number.isInteger(index) && index >= 0 && index < bound)) {
      throw new RangeError(
        `${name}[${i}] must name a row of ${of} in [0, ${bound}), received ${received(index)}`,
      );
    }
  }
};

/** A scalar tensor's value stays on the device, so only its shape can be checked. */
export const checkTemperature = (temperature: Temperature, name = 'temperature'): void => {
  if (typeof temperature === 'number') {
    if (!(Number.isFinite(temperature) && temperature > 0)) {
      throw new RangeError(`${name} must be finite and greater than 0, received ${temperature}`);
    }
  } else if (!isTensor(temperature) || temperature.size !== 1) {
    throw new TypeError(`${name} must be a number or a scalar tensor, received ${received(temperature)}`);
  }
};

export const checkNonNegative = (name: string, value: number): void => {
  if (!(Number.isFinite(value) && value >= 0)) {
    throw new RangeError(`${name} must be finite and at least 0, received ${received(value)}`);
  }
};

export const checkOneOf = (name: string, value: string, allowed: readonly string[]): void => {
  if (!allowed.includes(value)) {
    throw new RangeError(`${name} must be one of ${allowed.join(', ')}, received ${received(value)}`);
  }
};
