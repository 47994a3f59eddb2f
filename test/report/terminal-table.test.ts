import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricsTable, terminalTable } from '../../src/report/index.js';

describe('terminalTable', () => {
  test('aligns columns and marks the best of each', () => {
    const table = terminalTable({
      columns: [{ label: 'System' }, { label: 'MRR', numeric: true }, { label: 'MAP', numeric: true }],
      rows: [
        ['BM25', { text: '53.12', value: 0.5312 }, { text: '7.00', value: 0.07 }],
        ['trained', { text: '58.74', value: 0.5874 }, { text: '6.50', value: 0.065 }],
      ],
    });
    expect(table.split('\n')).toEqual([
      'System     MRR    MAP',
      '───────  ──────  ─────',
      'BM25     53.12   7.00◂',
      'trained  58.74◂  6.50',
    ]);
  });

  test('marks equal best values alike, and nothing where all are equal', () => {
    const table = (values: readonly number[]) =>
      terminalTable({
        columns: [{ label: 'x', numeric: true }],
        rows: values.map((value) => [{ text: `${value}`, value }]),
      });
    expect(table([1, 2, 2]).split('\n').slice(2)).toEqual(['1', '2◂', '2◂']);
    expect(table([2, 2])).not.toContain('◂');
    expect(table([2])).not.toContain('◂');
  });

  test('counts wide and combining characters as a terminal does', () => {
    const lines = terminalTable({
      columns: [{ label: 'n' }, { label: 'v', numeric: true }],
      rows: [
        ['日本', '1'],
        ['e\u0301x', '2'],
        ['😀', '3'],
      ],
    }).split('\n');
    expect(lines.slice(2)).toEqual(['日本  1', 'e\u0301x    2', '😀    3']);
  });

  test('never lets a name write to the terminal', () => {
    const table = terminalTable({ columns: [{ label: '\u001b[2J' }], rows: [['a\u001b[31mb\r\nc\u202ed']] });
    expect(table.split('\n')).toHaveLength(3);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
    expect(table.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
  });

  test('has a line per row and no trailing blanks', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.double()), { maxLength: 8 }), (cells) => {
        const rows = cells.map(([name, value]) => [name, { text: value.toFixed(2), value }]);
        const lines = terminalTable({ columns: [{ label: 'n' }, { label: 'v', numeric: true }], rows }).split(
          '\n',
        );
        expect(lines).toHaveLength(rows.length + 2);
        for (const line of lines) expect(line).toBe(line.trimEnd());
      }),
    );
  });

  test('says which row has a cell too few', () => {
    expect(() =>
      terminalTable({ columns: [{ label: 'a' }, { label: 'b' }], rows: [['x', 'y'], ['z']] }),
    ).toThrow('rows[1] must have as many cells as columns = [2], received [1]');
  });
});

test('the metrics table has a row per system, a dash where a measure is missing', () => {
  const table = metricsTable({
    measures: ['MRR', 'MAP'],
    systems: [
      { name: 'BM25', measures: { MRR: { value: 0.5 } } },
      { name: 'trained', measures: { MRR: { value: 0.6 }, MAP: { value: 0.7 } } },
    ],
  });
  expect(table.split('\n').slice(2)).toEqual(['BM25     50.00       –', 'trained  60.00◂  70.00']);
});
