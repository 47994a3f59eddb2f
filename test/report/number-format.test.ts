import { describe, expect, test } from 'vitest';
import * as format from '../../src/report/number-format.js';

describe('numbers as people read them', () => {
  test.each([
    [0.0123, '12 ms'],
    [0.0996, '0.1 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [3599.7, '1 h 00 min'],
    [7650, '2 h 08 min'],
    [Number.NaN, '–'],
  ])('%d seconds are %s', (seconds, text) => {
    expect(format.formatSeconds(seconds)).toBe(text);
  });

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1024 ** 2 - 1, '1.0 MiB'],
    [812 * 1024 ** 2, '812 MiB'],
    [1.4 * 1024 ** 3, '1.4 GiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(format.formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, 10, '0%'],
    [1, 10_000, '<0.1%'],
    [9_999, 10_000, '>99.9%'],
    [10_000, 10_000, '100%'],
    [4, 1000, '0.4%'],
    [23, 100, '23%'],
    [1, 0, '–'],
  ])('%d of %d is %s', (part, total, text) => {
    expect(format.formatShare(part, total)).toBe(text);
  });

  test('measures are times one hundred, differences signed with a true minus', () => {
    expect(format.formatMeasure(0.61239)).toBe('61.24');
    expect(format.formatDifference(0.041)).toBe('+4.10');
    expect(format.formatDifference(-0.0052)).toBe('−0.52');
    expect(format.formatDifference(0.000001)).toBe('±0.00');
    expect(format.formatMeasure(Number.NaN)).toBe('–');
  });

  test('small p values are bounded, not printed as zero', () => {
    expect(format.formatPValue(0.0001)).toBe('p < 0.001');
    expect(format.formatPValue(0.0316)).toBe('p = 0.032');
  });

  test('counts agree with their nouns', () => {
    expect(format.formatQuantity(1, 'query', 'queries')).toBe('1 query');
    expect(format.formatQuantity(1204, 'query', 'queries')).toBe('1,204 queries');
  });
});
