import type { Activation } from './model-description.js';

export type ConfigJson = Readonly<Record<string, unknown>>;

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  gelu_fast: 'gelu-tanh',
  relu: 'relu',
  silu: 'silu',
  swish: 'silu',
};

/** Reads one value after another of a config.json and names file and field in every error. */
export interface ConfigFields {
  readonly json: ConfigJson;
  readonly path: string;
  /** A whole number above 0. */
  count(key: string, fallback?: number): number;
  number(key: string, fallback: number): number;
  boolean(key: string, fallback: boolean): boolean;
  activation(key: string, fallback: string): Activation;
  /** The one value that a field may have, where others are not supported. */
  only(key: string, expected: unknown): void;
  fail(key: string, expected: string): never;
}

export const configFields = (json: ConfigJson, path: string): ConfigFields => {
  const fail = (key: string, expected: string): never => {
    throw new Error(`${path}: ${key} must be ${expected}, found ${JSON.stringify(json[key])}`);
  };
  return {
    json,
    path,
    count(key, fallback) {
      const value = json[key] ?? fallback;
      return typeof value === 'number' && Number.isSafeInteger(value) && value > 0
        ? value
        : fail(key, 'a whole number above 0');
    },
    number(key, fallback) {
      const value = json[key] ?? fallback;
      return typeof value === 'number' && Number.isFinite(value) ? value : fail(key, 'a number');
    },
    boolean(key, fallback) {
      const value = json[key] ?? fallback;
      return typeof value === 'boolean' ? value : fail(key, 'true or false');
    },
    activation(key, fallback) {
      const name = String(json[key] ?? fallback);
      const known = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
      return known ?? fail(key, `one of ${Object.keys(ACTIVATIONS).join(', ')}`);
    },
    only(key, expected) {
      const value = json[key] ?? expected;
      if (value !== expected) fail(key, JSON.stringify(expected));
    },
    fail,
  };
};
