import { describe, expect, it } from 'vitest';
import { checkOptions, checkPositiveInteger, checkWholeNumber } from '../../src/numerics/index.js';

const check = (options: object, ...known: string[]) =>
  checkOptions('train', options, Object.fromEntries(known.map((name) => [name, true])) as never);

describe('checkOptions', () => {
  it('takes known options, with or without a value, and none', () => {
    check({ margin: 1, seed: undefined }, 'margin', 'seed');
    check({}, 'margin');
    checkOptions('train', undefined, {});
  });

  it.each([
    ['scale', 'temperature'],
    ['tau', 'temperature'],
    ['temprature', 'temperature'],
    ['Temperature', 'temperature'],
    ['learning_rate', 'learningRate'],
    ['lr', 'learningRate'],
    ['batchsize', 'batchSize'],
    ['marginn', 'margin'],
  ])('asks whether %s was meant as %s', (written, meant) => {
    expect(() => check({ [written]: 1 }, 'temperature', 'learningRate', 'batchSize', 'margin')).toThrow(
      new TypeError(`train has no option ${written}: did you mean ${meant}?`),
    );
  });

  it('names all options where none is like it', () => {
    expect(() => check({ zebra: 1 }, 'margin', 'seed')).toThrow(
      'train has no option zebra: its options are margin, seed',
    );
    expect(() => check({ scale: 1 }, 'margin')).toThrow('its options are margin');
  });

  it('takes names of Object.prototype for unknown ones', () => {
    for (const name of ['constructor', 'toString', 'hasOwnProperty'])
      expect(() => check({ [name]: 1 }, 'margin')).toThrow(`train has no option ${name}`);
  });

  it('refuses what is no object', () => {
    expect(() => check(null as never, 'margin')).toThrow('train takes an object of options, received null');
    expect(() => check([] as never, 'margin')).toThrow('received an array');
    expect(() => check(3 as never, 'margin')).toThrow('received number');
  });
});

describe('checkWholeNumber', () => {
  it('takes whole numbers from the least on', () => {
    checkWholeNumber('k', 0, 0);
    checkPositiveInteger('k', 1);
    checkPositiveInteger('k', Number.MAX_SAFE_INTEGER);
  });

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, '3' as never])(
    'refuses %s as positive',
    (value) => {
      expect(() => checkPositiveInteger('k', value)).toThrow(
        new RangeError(`k must be a whole number of at least 1, received ${value}`),
      );
    },
  );
});
