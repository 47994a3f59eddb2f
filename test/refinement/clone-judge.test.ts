import { describe, expect, it } from 'vitest';
import { cloneJudge } from '../../src/refinement/clone-judge.js';
import type { JudgeCase } from '../../src/refinement/judge.js';
import type { LanguageId } from '../../src/syntax/index.js';

const judgeCase = (
  positive: string | null,
  candidate: string,
  language: LanguageId | null = 'javascript',
): JudgeCase => ({
  query: 'q',
  positive,
  candidate,
  positiveLanguage: language,
  candidateLanguage: language,
  treeRatio: Number.NaN,
});

const lenient = cloneJudge({ minNodes: 1 });
const outcome = async (
  positive: string,
  candidate: string,
  language: LanguageId = 'javascript',
  judge = lenient,
) => (await judge.decide(judgeCase(positive, candidate, language), { seed: 0 })).outcome;

const add = 'function add(a, b) { return a + b; }';

describe('cloneJudge', () => {
  it('accepts a consistent renaming', async () => {
    expect(await outcome(add, 'function plus(x, y) { return x + y; }')).toBe('raise');
  });

  it('accepts the same code with other comments and layout', async () => {
    expect(await outcome(add, 'function add(a, /* second */ b) {\n  // sum\n  return a + b; }')).toBe(
      'raise',
    );
  });

  it('accepts names that are swapped everywhere', async () => {
    expect(await outcome(add, 'function add(b, a) { return b + a; }')).toBe('raise');
  });

  it.each([
    ['another operator', 'function add(a, b) { return a - b; }'],
    ['swapped operands', 'function add(a, b) { return b + a; }'],
    ['two names made one', 'function add(a, a) { return a + a; }'],
    ['a further statement', 'function add(a, b) { a; return a + b; }'],
    ['a generator', 'function* add(a, b) { return a + b; }'],
  ])('keeps the label for %s', async (_, candidate) => {
    expect(await outcome(add, candidate)).toBe('keep');
  });

  it('keeps the label when one name stands for two', async () => {
    expect(await outcome('function f(a) { return a + a; }', 'function f(a, b) { return a + b; }')).toBe(
      'keep',
    );
    expect(await outcome('(a, b) => a + b', '(a, b) => a + a')).toBe('keep');
  });

  it('tells keywords that are values apart', async () => {
    expect(await outcome('() => { return true; }', '() => { return false; }')).toBe('keep');
    expect(await outcome('(a) => this.a', '(a) => super.a')).toBe('keep');
  });

  const literals: [LanguageId, (text: string, number: string) => string][] = [
    [
      'javascript',
      (s, n) => `function f(a) { return a + "${s}" + \`t${s}\${a}u\` + ${n} + /${s}/g.test(a); }`,
    ],
    ['typescript', (s, n) => `function f(a: string) { return a + '${s}' + \`t${s}\${a}u\` + ${n}; }`],
    ['python', (s, n) => `def f(a):\n    return a + "${s}" + f"t${s}{a}u" + ${n}`],
    ['java', (s, n) => `String f(String a) { return a + "${s}" + '${s[0]}' + ${n}; }`],
    ['csharp', (s, n) => `string F(string a) { return a + "${s}" + $"t${s}{a}u" + ${n}; }`],
    ['c', (s, n) => `char *f(char *a) { return g(a, "${s}", '${s[0]}', ${n}); }`],
    ['ruby', (s, n) => `def f(a)\n  a + "${s}" + :${s} + "t${s}#{a}u" + ${n}\nend`],
    ['php', (s, n) => `function f($a) { return $a . '${s}' . "t${s}{$a}u" . ${n}; }`],
    ['go', (s, n) => `func f(a string) string { return g(a, "${s}", \`${s}\`, '${s[0]}', ${n}) }`],
  ];
  it.each(literals)('holds literals of %s against each other', async (language, write) => {
    const code = write('xyz', '1');
    expect(await outcome(code, code.replaceAll(/\ba\b/g, 'other'), language)).toBe('raise');
    expect(await outcome(code, write('xyz', '2'), language)).toBe('keep');
    const spots = [...code.matchAll(/xyz|'x'/g)];
    for (const { index, 0: found } of spots) {
      const changed = `${code.slice(0, index)}${found.replace('x', 'k')}${code.slice(index + found.length)}`;
      expect(await outcome(code, changed, language), changed).toBe('keep');
    }
  });

  it('keeps free names and properties apart when only local ones may change', async () => {
    const local = cloneJudge({ minNodes: 1, renaming: 'local' });
    const sine = 'function wave(x) { const y = x * 2; return Math.sin(y); }';
    expect(
      await outcome(sine, 'function w(t) { const u = t * 2; return Math.sin(u); }', 'javascript', local),
    ).toBe('raise');
    expect(await outcome(sine, sine.replace('sin', 'cos'), 'javascript', local)).toBe('keep');
    expect(await outcome(sine, sine.replace('Math', 'Geo'), 'javascript', local)).toBe('keep');
    // A name left of an operator is read, like any other.
    const both = 'function both(a, b) { return isArray(a) && isArray(b); }';
    expect(await outcome(both, both.replaceAll('isArray', 'isMap'), 'javascript', local)).toBe('keep');
    const sum = 'def total(a):\n    return base + a\n';
    expect(await outcome(sum, sum.replace('base', 'tax'), 'python', local)).toBe('keep');
    expect(await outcome(sine, sine.replace('sin', 'cos'))).toBe('raise');
  });

  it('finds what a code declares in every language', async () => {
    const local = cloneJudge({ minNodes: 1, renaming: 'local' });
    const codes: [LanguageId, string][] = [
      ['javascript', 'function f(p) { for (const q of p) free(q); let { r } = p; return ([s]) => s + r; }'],
      ['typescript', 'function f(p: number, ...s: string[]): void { const q: number = p; free(q, s); }'],
      ['python', 'def f(p, q=free, *s):\n    r = p\n    for t in r:\n        free(t, q, s)'],
      ['java', 'int f(int p) { int q = p; for (int r : free(q)) { q += r; } return q; }'],
      ['csharp', 'int F(int p) { var q = p; foreach (var r in Free(q)) { q += r; } return q; }'],
      ['c', 'int f(int p, char *s) { int q = p, *r = s; return free(q, r); }'],
      ['ruby', 'def f(p, q = 1)\n  r = p\n  r.each { |s| free(s, q) }\nend'],
      ['php', 'function f($p) { $q = $p; foreach ($p as $r) { free($q, $r); } return $q; }'],
      ['go', 'func f(p int) int { q := p; var r = q; for s, t := range free(r) { q += s + t }; return q }'],
    ];
    for (const [language, code] of codes) {
      const renamed = code.replaceAll(/\b([pqrst])\b/g, '$1x');
      expect(await outcome(code, renamed, language, local), renamed).toBe('raise');
      const other = code.replace(/free|Free/, 'liberate');
      expect(await outcome(code, other, language, local), other).toBe('keep');
    }
  });

  it('never accepts trees below the smallest size', async () => {
    const verdict = await cloneJudge().decide(judgeCase(add, add), { seed: 0 });
    expect(verdict.outcome).toBe('keep');
    expect(verdict.note).toMatch(/only \d+ nodes/);
  });

  it('is invalid, with the reason, without a positive, a language or code that parses', async () => {
    const notes = [];
    for (const bad of [judgeCase(null, add), judgeCase(add, add, null), judgeCase(add, 'function ( {')]) {
      const verdict = await lenient.decide(bad, { seed: 0 });
      expect(verdict.outcome).toBe('invalid');
      notes.push(verdict.note);
    }
    expect(notes).toEqual([
      'the query has no positive to compare with',
      'the language of the codes is not known',
      'the candidate does not parse as javascript',
    ]);
  });

  it('keeps the label across languages', async () => {
    const verdict = await lenient.decide(
      { ...judgeCase(add, add), candidateLanguage: 'typescript' },
      { seed: 0 },
    );
    expect(verdict.outcome).toBe('keep');
  });

  it('reads code nested 20,000 levels deep', async () => {
    const deep = `function f(a) { return ${'('.repeat(20_000)}a${')'.repeat(20_000)}; }`;
    expect(await outcome(deep, deep.replaceAll('a', 'b'))).toBe('raise');
    expect(await outcome(deep, deep.replace('(a))', '(b))'))).toBe('keep');
  });
});
