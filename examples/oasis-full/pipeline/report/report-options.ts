import type { RunOptions } from '../../options/run-options.js';

type Shown = string | number | boolean;

const shown = (value: unknown): Shown =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? value
    : Array.isArray(value)
      ? value.map(shown).join(', ')
      : JSON.stringify(value);

/** The options of a run as one flat list for people; what is not set is left out. */
export const reportOptions = ({ models, ...options }: RunOptions): Record<string, Shown> =>
  Object.fromEntries(
    Object.entries({ ...options, ...models })
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [name, shown(value)]),
  );
