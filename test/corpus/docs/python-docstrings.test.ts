import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { extractFile } from '../../../src/corpus/extraction/extract-file.js';
import { loadLanguage } from '../../../src/syntax/index.js';

const parser = await loadLanguage('python');
const only = (source: string) => extractFile(parser.read(source), parser.definition, 'a.py').functions[0]!;

const golden = (name: string) => readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8');

it('docstrings are those that Python’s own parser finds', () => {
  const source = golden('docstrings.source.py');
  const { functions } = extractFile(parser.read(source), parser.definition, 'a.py');
  // Python keeps blanks at the ends of lines.
  const trimmed = (doc: string | null) => doc?.replace(/[ \t]+$/gm, '').trim() || null;
  const found = Object.fromEntries(functions.map(({ head, doc }) => [head.name, trimmed(doc)]));
  const expected = Object.entries(
    JSON.parse(golden('docstrings.golden.json')) as Record<string, string | null>,
  );
  expect(found).toEqual(Object.fromEntries(expected.map(([name, doc]) => [name, trimmed(doc)])));
});

describe('a docstring of Python', () => {
  it.each([
    ['a plain one', '"""Adds."""', 'Adds.'],
    [
      'escapes',
      '"""One\\ttwo \\u2014 \\x41 \\101 \\\\d and a line \\\n    that goes on."""',
      'One     two — A A \\d and a line     that goes on.',
    ],
    ['a raw one', 'r"""Matches \\d."""', 'Matches \\d.'],
    ['adjacent literals', '"Adds " \'two \' r"\\d."', 'Adds two \\d.'],
    ['a literal in parentheses', '("Adds "\n     "numbers.")', 'Adds numbers.'],
  ])('is read: %s', (_, literal, doc) => {
    expect(only(`def f(a):\n    ${literal}\n    return a\n`)).toMatchObject({
      doc,
      code: 'def f(a):\n    return a',
    });
  });

  it.each(['b"""Bytes."""', 'f"""{a}."""', '"a" f"{a}"', 'print("x")'])('is not %s', (first) => {
    expect(only(`def f(a):\n    ${first}\n    return a\n`)).toMatchObject({
      doc: null,
      code: `def f(a):\n    ${first}\n    return a`,
    });
  });

  it('that is all of a body leaves a body', () => {
    expect(only('def f(a):\n    """Does nothing."""\n').code).toBe('def f(a):\n    pass');
    expect(only('def f(a):\n    """Does\n    nothing."""  # yet\n').code).toBe('def f(a):\n    pass');
  });
});

it('a blank comment line ends a paragraph', async () => {
  const go = await loadLanguage('go');
  const source = 'package a\n\n// Add adds.\n//\n// It is quick.\nfunc Add() {}\n';
  expect(extractFile(go.read(source), go.definition, 'a.go').functions[0]!.doc).toBe(
    'Add adds.\n\nIt is quick.',
  );
});
