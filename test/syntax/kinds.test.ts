import { describe, expect, it } from 'vitest';
import { LANGUAGES, type LanguageId, loadLanguage } from '../../src/syntax/index.js';

/** One sample per kind of function and of call that a language has: what the tables of kinds must hold. */
const SAMPLES: Readonly<
  Record<LanguageId, { source: string; functions: readonly string[]; calls: readonly string[] }>
> = {
  python: {
    source: 'def f():\n    pass\nf()',
    functions: ['function_definition'],
    calls: ['call'],
  },
  java: {
    source:
      'class A { A() { this(1); } A(int i) {} void f() { f(); new A(); Runnable r = A::new; } }\nrecord R(int x) { R { f(); } }',
    functions: ['method_declaration', 'constructor_declaration', 'compact_constructor_declaration'],
    calls: [
      'method_invocation',
      'object_creation_expression',
      'explicit_constructor_invocation',
      'method_reference',
    ],
  },
  javascript: {
    source:
      'function a() {} function* b() {} const c = function () {}; const d = function* () {}; const e = () => a(); class F { g() {} } new F();',
    functions: [
      'function_declaration',
      'generator_function_declaration',
      'function_expression',
      'generator_function',
      'arrow_function',
      'method_definition',
    ],
    calls: ['call_expression', 'new_expression'],
  },
  typescript: {
    source: 'function a(): void {} const e = (): void => a(); class F { g(): void {} } new F();',
    functions: ['function_declaration', 'arrow_function', 'method_definition'],
    calls: ['call_expression', 'new_expression'],
  },
  tsx: {
    source: 'function a() { return <b />; } const e = () => a(); class F { g() {} } new F();',
    functions: ['function_declaration', 'arrow_function', 'method_definition'],
    calls: ['call_expression', 'new_expression'],
  },
  csharp: {
    source:
      'class A { A() : this(1) {} ~A() {} A(int i) {} void M() { void L() {} L(); new A(); A a = new(); } public static A operator +(A a, A b) { return a; } public static implicit operator int(A a) { return 1; } int this[int i] { get { return 1; } } int P { get { return 1; } } }',
    functions: [
      'method_declaration',
      'constructor_declaration',
      'destructor_declaration',
      'operator_declaration',
      'conversion_operator_declaration',
      'accessor_declaration',
      'local_function_statement',
    ],
    calls: [
      'invocation_expression',
      'object_creation_expression',
      'implicit_object_creation_expression',
      'constructor_initializer',
    ],
  },
  c: {
    source: 'int f(void) { return f(); }',
    functions: ['function_definition'],
    calls: ['call_expression'],
  },
  ruby: {
    source: 'def a\n  b(1)\n  super\n  yield\nend\ndef self.c\nend',
    functions: ['method', 'singleton_method'],
    // `yield` calls the block it was given, which has no name.
    calls: ['call', 'super', 'identifier'],
  },
  php: {
    source:
      '<?php function f() { g(); $a->h(); $a?->h(); A::h(); new A(); $x = function () {}; $y = fn() => 1; } class A { function h() {} }',
    functions: ['function_definition', 'method_declaration', 'anonymous_function', 'arrow_function'],
    calls: [
      'function_call_expression',
      'member_call_expression',
      'nullsafe_member_call_expression',
      'scoped_call_expression',
      'object_creation_expression',
    ],
  },
  go: {
    source: 'package p\nfunc f() { func() {}() }\nfunc (a A) m() {}',
    functions: ['function_declaration', 'method_declaration', 'func_literal'],
    calls: ['call_expression'],
  },
  rust: {
    source: 'fn f() { let g = |x| x; f(); } impl A { fn m(&self) {} }',
    functions: ['function_item', 'closure_expression'],
    calls: ['call_expression'],
  },
  cpp: {
    source: 'int f() { auto g = [](int x) { return x; }; new A(f()); return 1; }',
    functions: ['function_definition', 'lambda_expression'],
    calls: ['call_expression', 'new_expression'],
  },
  kotlin: {
    source:
      'class A(x: Int) {\n  constructor() : this(1) { f() }\n  val p: Int\n    get() = 1\n  var q: Int = 1\n    set(v) { f { it } }\n}\nfun f() = fun(x: Int): Int { return x }',
    functions: [
      'function_declaration',
      'secondary_constructor',
      'getter',
      'setter',
      'lambda_literal',
      'anonymous_function',
    ],
    calls: ['call_expression', 'constructor_delegation_call'],
  },
  swift: {
    source:
      'class A {\n  init() { f { x in x } }\n  deinit { }\n  var p: Int { get { 1 } set { f() } }\n  var q: Int = 0 { willSet { } didSet { } }\n  func f() { }\n}',
    functions: [
      'function_declaration',
      'init_declaration',
      'deinit_declaration',
      'computed_property',
      'computed_getter',
      'computed_setter',
      'willset_clause',
      'didset_clause',
      'lambda_literal',
    ],
    calls: ['call_expression'],
  },
  scala: {
    source: 'class A {\n  def f(x: Int): Int = { new A(); f(x map g); val h = (y: Int) => y; 1 }\n}',
    functions: ['function_definition', 'lambda_expression'],
    calls: ['call_expression', 'instance_expression', 'infix_expression'],
  },
};

describe('kinds of functions and calls', () => {
  it.each(Object.keys(SAMPLES) as LanguageId[])('are those of the grammar: %s', async (language) => {
    const { source, functions, calls } = SAMPLES[language];
    const { functionKinds, callKinds } = LANGUAGES[language];
    const tree = (await loadLanguage(language)).read(source);
    expect(tree.errors).toBe(0);
    const found = new Set(Array.from(tree.kinds, (_, node) => tree.kind(node)));
    for (const kind of functions) {
      expect(found, kind).toContain(kind);
      expect(functionKinds, kind).toContain(kind);
    }
    for (const kind of calls) {
      expect(found, kind).toContain(kind);
      expect(callKinds, kind).toContain(kind);
    }
  });
});
