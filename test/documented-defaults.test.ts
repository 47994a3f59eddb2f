import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { optionDefaults } from './support/documented-defaults.js';

const source = join(import.meta.dirname, '../src');
const rooms = readdirSync(source, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

/** Defaults that no `name = value` sets, beside others of the same name that one does. */
const decidedElsewhere = new Set([
  "annotation maxTokensField 'max_completion_tokens'", // by the service's address
  'metrics gain 1', // by row
]);

describe('the defaults that docstrings state', () => {
  const all = rooms.map((room) => ({ room, defaults: optionDefaults(join(source, room)) }));

  it.each(all)('are those of the code, in $room', ({ room, defaults }) => {
    const wrong = [...defaults].flatMap(([name, { stated, set }]) =>
      [...stated]
        .filter(
          (value) => set.size > 0 && !set.has(value) && !decidedElsewhere.has(`${room} ${name} ${value}`),
        )
        .map((value) => `${name}: ${value} is stated, ${[...set].join(' and ')} set`),
    );
    expect(wrong).toEqual([]);
  });

  it('are found', () => {
    const checked = all.flatMap(({ defaults }) =>
      [...defaults.values()].filter(({ stated, set }) => stated.size > 0 && set.size > 0),
    );
    expect(checked.length).toBeGreaterThan(100);
  });
});
