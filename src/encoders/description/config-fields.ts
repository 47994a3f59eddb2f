import type { Activation } from './model-description.js';

/** A config.json as it was parsed. */
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

const record = (value: unknown): ConfigJson =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ConfigJson) : {};

/**
 * The base of rotary angles, from `rope_parameters` or the older fields.
 *
 * @param layerType Where `rope_parameters` has one entry for each kind of layer.
 * @param older The field of configs without `rope_parameters`.
 * @throws Error when the angles are scaled.
 */
export const rotaryBase = (
  { json, path, fail }: ConfigFields,
  fallback: number,
  { layerType, older = 'rope_theta' }: { readonly layerType?: string; readonly older?: string } = {},
): number => {
  const all = record(json.rope_parameters);
  const parameters = {
    ...record(json.rope_scaling),
    ...(layerType === undefined ? all : record(all[layerType])),
  };
  const kind = parameters.rope_type ?? parameters.type ?? 'default';
  if (kind !== 'default') {
    throw new Error(`${path}: rotary positions must be of type default, found ${JSON.stringify(kind)}`);
  }
  const base = parameters.rope_theta ?? json[older] ?? fallback;
  return typeof base === 'number' && base > 1 ? base : fail(older, 'a number above 1');
};

/** The kind of each layer: `layer_types`, or what follows from a period. */
export const layerTypes = (
  { json, path }: ConfigFields,
  count: number,
  byIndex: (index: number) => 'full_attention' | 'sliding_attention',
): readonly ('full_attention' | 'sliding_attention')[] => {
  const listed = json.layer_types ?? Array.from({ length: count }, (_, index) => byIndex(index));
  const isKnown = (value: unknown) => value === 'full_attention' || value === 'sliding_attention';
  if (!Array.isArray(listed) || listed.length !== count || !listed.every(isKnown)) {
    throw new Error(
      `${path}: layer_types must hold full_attention or sliding_attention ${count} times, found ${JSON.stringify(listed)}`,
    );
  }
  return listed as ('full_attention' | 'sliding_attention')[];
};
