import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const names = async (source: string, path = 'src/file.js') =>
  (await analyzeRepository(await folderOf({ [path]: source }))).functions.map(
    ({ qualifiedName }) => qualifiedName,
  );

describe('functions that a call wraps', () => {
  it.each([
    ['export const A = React.memo(({ a }) => a);', ['A']],
    ['const A = React.memo((a) => a, (a, b) => a === b);', ['A']],
    ['const A = React.forwardRef(function B(props, ref) {});', ['A']],
    ['const A = React.memo(React.forwardRef((props, ref) => props));', ['A']],
    ['const later = _.debounce(() => 1, 100);', ['later']],
    ['const readFile = util.promisify((path, done) => done());', ['readFile']],
    ['export const ZodX = core.$constructor("ZodX", (inst, def) => {});', ['ZodX']],
    ['const A = Object.assign((x) => x, { B: 1 });', ['A']],
    ['const f = useCallback(() => 1, []);', ['f']],
    // A wrapper that nobody knows: the value is called, rendered, exported, or looks like a component.
    ['const f = twice((x) => x); f(1);', ['f']],
    ['class A { b = twice(() => 1); c() { this.b(); } }', ['A.b', 'A.c']],
    ['const api = { a: twice(() => 1) }; api.a();', ['api.a']],
    ['const Row = withTheme((props) => props);', ['Row']],
    ['export const f = twice((x) => x);', ['f']],
    ['export const createF = factory(name, dependencies, (x) => x);', ['createF']],
    ['const f = twice((x) => x); export { f };', ['f']],
    ['const f = twice((x) => x); module.exports = f;', ['f']],
    ['lodash.keyBy = createAggregator((result) => result);', ['lodash.keyBy']],
    ['const onClose = twice(() => 1);', ['onClose']],
  ] as const)('%s', async (source, expected) => {
    expect(await names(source)).toEqual(expected);
  });

  it('is rendered in JSX', async () => {
    expect(await names('const row = withTheme(() => 1); const b = <row />;', 'a.jsx')).toEqual(['row']);
  });

  it.each([
    'targetIndex = findLastIndex(xs, (x) => x);',
    'export const targetIndex = findLastIndex(xs, (x) => x);',
    'const value = compute(() => 1); log(value);',
    'const value = useMemo(() => 1, []);',
    'const value = useStore((state) => state.value);',
    'export const rows = table.map((x) => x);',
    'export const Total = rows.reduce((a, b) => a + b);',
    'const next = produce(state, (draft) => {}); next.done;',
    'const elements = { list: change(a, (x) => x) };',
    'const error = attempt(() => 1); console.error(error);',
    'this.x = this.compute(() => 1);',
    'const compare = pick((a) => a, (b) => b);',
  ])('gives its name to no callback: %s', async (source) => {
    expect(await names(source)).toEqual([]);
  });
});

describe('places that name a function', () => {
  it.each([
    ['a ||= function () {}; b ??= () => 1; c.d &&= () => 1;', ['a', 'b', 'c.d']],
    ['f().g.h = () => 1;', ['g.h']],
    [
      'class A { "b-c"() {} get "~d"() {} [Symbol.iterator]() {} static [Symbol.species]() {} }',
      ['A.b-c', 'A.~d', 'A.[Symbol.iterator]', 'A.[Symbol.species]'],
    ],
    ['const on = { "a:exit"() {}, "b:exit": () => 1 };', ['on.a:exit', 'on.b:exit']],
    ['A.prototype[Symbol.iterator] = function () {};', ['A.[Symbol.iterator]']],
    ['class C { static accessor w = () => 1; accessor() {} n() {} }', ['C.w', 'C.accessor', 'C.n']],
  ] as const)('%s', async (source, expected) => {
    expect(await names(source)).toEqual(expected);
  });

  it.each([
    ['class C { accessor() {} n() {} }', ['C.accessor', 'C.n']],
    [
      'class C { static accessor w = () => 1; accessor v = () => 2; accessor<T>(a: T) {} }',
      ['C.w', 'C.v', 'C.accessor'],
    ],
    ['namespace N.M { export function f() {} }', ['N.M.f']],
    ['interface A<in T, out U> { f(): U }\nexport function f() {}', ['f']],
    [
      'interface A {\n  f(): A\n  <T>(b: T): B\n  <U extends A>(\n    c: U\n  ): B\n}\nfunction f() {}',
      ['f'],
    ],
  ] as const)('TypeScript: %s', async (source, expected) => {
    expect(await names(source, 'a.ts')).toEqual(expected);
  });

  it('is no keyword, where a syntax error makes a statement look like a method', async () => {
    const source = 'const o = { a() {} }}\n class A { b() { } ( if (x) { y(); } }\n';
    expect(await names(source)).not.toContain('A.if');
  });
});
