import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

const CASES: Readonly<
  Record<string, { path: string; source: string; found: readonly (readonly [string, string | null])[] }>
> = {
  'Go: literals in a block of variables': {
    path: 'a.go',
    source: `package p

// All of them.
var (
	// Does a.
	a = func() {}
	b = func() {}
)

// Does both.
var c, d = func() {}, func() {}

func f() {
	x, y := func() {}, func() {}
}
`,
    found: [
      ['a', 'Does a.'],
      ['b', null],
      ['c', 'Does both.'],
      ['d', 'Does both.'],
      ['f', null],
      ['f.x', null],
      ['f.y', null],
    ],
  },
  'Java: lambdas that are fields': {
    path: 'A.java',
    source: `class A {
  /** Runs. */
  final Runnable r = () -> { f(); };
  F<A, B> g = (a) -> a, h = x -> x;
  void f() { Runnable local = () -> {}; }
}`,
    found: [
      ['A.r', 'Runs.'],
      ['A.g', null],
      ['A.h', null],
      ['A.f', null],
    ],
  },
  'C#: event accessors, properties with a body of one expression, file-scoped namespaces': {
    path: 'A.cs',
    source: `namespace N.M;

class C {
  /// <summary>Of X.</summary>
  event E X { add { } remove { } }
  /// <summary>Of P.</summary>
  int P => 1;
  int Q { get => 1; }
  int R { get; } = 2;
  int M() => 3;
}`,
    found: [
      ['N.M.C.add_X', 'Of X.'],
      ['N.M.C.remove_X', 'Of X.'],
      ['N.M.C.get_P', 'Of P.'],
      ['N.M.C.get_Q', null],
      ['N.M.C.M', null],
    ].map(([name, doc]) => [name!, doc === null ? null : `<summary>${doc}</summary>`]),
  },
  'C#: functions at the top of a program': {
    path: 'b.cs',
    source: '/// Does f.\nint F() { return 1; }\nF();',
    found: [['F', 'Does f.']],
  },
  'C#: extension blocks': {
    path: 'c.cs',
    source:
      'static class A {\n  extension(string s) {\n    /// Counts.\n    public int Len() => 1;\n  }\n  int B() { return 1; }\n}',
    found: [
      ['A.Len', 'Counts.'],
      ['A.B', null],
    ],
  },
  'C#: generic extension blocks, properties in them, and what follows them': {
    path: 'd.cs',
    source: `namespace N;
public static class Ext {
  extension<T>(IEnumerable<T> source) where T : class {
    /// Is empty.
    public bool IsEmpty => !source.Any();
    public T First() { return source.First(); }
  }
  extension(Point) { public static Point Zero { get => new(); } }
  public static int Old(this string s) => 1;
}`,
    found: [
      ['N.Ext.get_IsEmpty', 'Is empty.'],
      ['N.Ext.First', null],
      ['N.Ext.get_Zero', null],
      ['N.Ext.Old', null],
    ],
  },
  'C#: lambdas and delegates that are the values of fields': {
    path: 'e.cs',
    source:
      'class A {\n  /// Adds.\n  Func<int, int> G = x => x + 1;\n  Func<int> H = delegate { return 1; };\n  void F() { var z = y => y; }\n}',
    found: [
      ['A.G', 'Adds.'],
      ['A.H', null],
      ['A.F', null],
    ],
  },
  'PHP: a file of code without <?php': {
    path: 'part.php',
    source:
      '/** Adds. */\nfunction add($a) {\n  return $a + 1;\n}\nclass T {\n  function say() { return 1; }\n}\n',
    found: [
      ['add', 'Adds.'],
      ['T.say', null],
    ],
  },
  'PHP: hooks of properties and of promoted parameters': {
    path: 'hooks.php',
    source:
      '<?php\nclass P {\n  /** The name. */\n  public string $name { get => 1; }\n  function __construct(public string $t { set => trim($value); }) {}\n}',
    found: [
      ['P.$name::get', 'The name.'],
      ['P.__construct', null],
      ['P.__construct.$t::set', null],
    ],
  },
  'Ruby: paths of classes, define_method, docs above sig, Struct.new': {
    path: 'a.rb',
    source: `class A::B::C
  # Does a.
  sig { returns(X) }
  def a; end

  # Does b.
  define_method(:b) { |x| x }
  define_method("c?") do |y| y end
end

Point = Struct.new(:x) do
  # Its length.
  def len; 1; end
end
Empty = Struct.new(:x)
`,
    found: [
      ['A.B.C.a', 'Does a.'],
      ['A.B.C.b', 'Does b.'],
      ['A.B.C.c?', null],
      ['Point.len', 'Its length.'],
    ],
  },
  'PHP: property hooks': {
    path: 'a.php',
    source: `<?php
class A {
  /** Of x. */
  public string $x { get => 1; set(string $v) { $this->x = $v; } }
  public abstract string $y { get; }
}`,
    found: [
      ['A.$x::get', 'Of x.'],
      ['A.$x::set', 'Of x.'],
    ],
  },
};

describe('functions that are easily missed', () => {
  it.each(Object.keys(CASES))('%s', async (name) => {
    const { path, source, found } = CASES[name]!;
    const { functions } = await analyzeRepository(await folderOf({ [path]: source }));
    expect(functions.map(({ qualifiedName, doc }) => [qualifiedName, doc])).toEqual(found);
  });

  it('have ranges of their own in a block of variables', async () => {
    const { path, source } = CASES['Go: literals in a block of variables']!;
    const { functions } = await analyzeRepository(await folderOf({ [path]: source }));
    expect(functions.map(({ source: text }) => text).slice(0, 3)).toEqual([
      'a = func() {}',
      'b = func() {}',
      'func() {}',
    ]);
  });

  it('of a class made by Struct.new call each other', async () => {
    const source = 'P = Struct.new(:x) do\n  def a\n    b\n  end\n  def b\n    1\n  end\nend\n';
    const { functions } = await analyzeRepository(await folderOf({ 'a.rb': source }));
    expect(functions[0]!.callees.map(({ name, tier }) => [name, tier])).toEqual([['b', 'receiver']]);
  });
});
