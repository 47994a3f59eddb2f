import { describe, expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

/** A file, and what it declares besides functions: kind, name, lines, members, summary. */
interface Sample {
  readonly text: string;
  readonly units: readonly string[];
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  'F.java': {
    text: `/** Consts. */
public final class F { public static final int A = 1; static String b; interface G { void m(); int C = 1; } enum H { X, Y(2) { } } record R(int a, String b) {} }
/** I doc. */
interface I2 { void m(Foo x); }
`,
    units: [
      'class F 2-2 [A,b,G,H,R] Consts.',
      'class F.G 2-2 [m,C] null',
      'class F.H 2-2 [X,Y] null',
      'class F.R 2-2 [] null',
      'class I2 4-4 [m] I doc.',
    ],
  },
  'a.ts': {
    text: `/** The file. */

import { z } from 'z';

/** An A. */
export interface A<T> extends B { x: number; m(): void; readonly y?: string }
/** A T. */
export type T = { a: number; b(): void } | string;
/** An E. */
export enum E { P = 1, Q }
/** The limit. */
export const LIMIT = 3, other = { x: 1, y: 2 };
const hidden = 3;
export class K { /** f */ field = 1; static s: string; constructor(private z: number) {} m() { return run(); } get g() { return 1; } }
/** Runs. */
export const run = () => 1;
run();
register(E);
`,
    units: [
      'module a.ts 13-18 [] The file.',
      'class A 6-6 [x,m,y] An A.',
      'class T 8-8 [a,b] A T.',
      'class E 10-10 [P,Q] An E.',
      'constant LIMIT 12-12 [LIMIT,other] The limit.',
      'class K 14-14 [field,s,constructor,m,g] null',
    ],
  },
  'b.c': {
    text: `/* The file. */

#include <a.h>
/* A foo. */
typedef struct foo { int a; char *b[3]; struct bar *next; } foo_t;
/* A bar. */
struct bar { int x, y; };
/* Colors. */
enum color { RED, GREEN = 2 };
typedef enum { A, B } ab;
/* Called back. */
typedef int (*cb)(int);
/* limit */
static const int LIMIT = 3;
/* The most. */
#define MAX 3
struct bar f(struct bar b);
/* Adds. */
int add(int a) { struct bar x; return a; }
`,
    units: [
      'class foo_t 5-5 [a,b,next] A foo.',
      'class bar 7-7 [x,y] A bar.',
      'class color 9-9 [RED,GREEN] Colors.',
      'class ab 10-10 [A,B] null',
      'class cb 12-12 [] Called back.',
      'constant LIMIT 14-14 [LIMIT] limit',
      'constant MAX 16-16 [MAX] The most.',
    ],
  },
  'c.php': {
    text: `<?php
/** I doc */
interface I extends J { const X = 1; function m(); }
/** Suits */
enum S: string { case A = "a"; const B = 1; }
class K { const A = 1; public int $x = 1; public function __construct(private int $y) {} }
/** c */
const LIMIT = 3;
boot();
`,
    units: [
      'module c.php 9-9 [] null',
      'class I 3-3 [X,m] I doc',
      'class S 5-5 [A,B] Suits',
      'class K 6-6 [A,x,__construct] null',
      'constant LIMIT 8-8 [LIMIT] c',
    ],
  },
  'd.go': {
    text: `package p
// A doc.
type A struct { X int; y, z string; *B }
// I doc.
type I interface { M(a int) error; J }
type ( 
 // One.
 One int
 Two = string
)
// L is.
const L = 3
const (
 // P is.
 P = iota
 Q
)
var X, Y = 1, 2
// F is.
var F = func() int { return 1 }
func (a *A) Get() int { return L }
`,
    units: [
      'module d.go 18-18 [] null',
      'class A 3-3 [X,y,z] A doc.',
      'class I 5-5 [M] I doc.',
      'class One 8-8 [] One.',
      'class Two 9-9 [] null',
      'constant L 12-12 [L] L is.',
      'constant P 15-15 [P] P is.',
    ],
  },
  'e.py': {
    text: `"""Mod."""
import a
# The limit.
LIMIT = 3
#: Other
x: int = 4
y = 5
"""Below."""
class E(Enum):
    """Doc."""
    A = 1
    b: int
    def f(self):
        """F."""
        return y
if __name__ == '__main__':
    main()
`,
    units: [
      'module e.py 1-17 [] Mod.',
      'constant LIMIT 4-4 [LIMIT] The limit.',
      'constant x 6-6 [x] Other',
      'constant y 7-7 [y] Below.',
      'class E 9-15 [A,b,f] Doc.',
    ],
  },
  'g.rs': {
    text: `/// Limit.
pub const LIMIT: u32 = 3;
/// A struct.
pub struct S { pub a: u8, b: Foo }
/// Enum.
enum E { A, B(u8), C { x: u8 } }
/// Alias.
type X = u8;
impl S { const Z: u8 = 1; fn m(&self) {} }
`,
    units: [
      'constant LIMIT 2-2 [LIMIT] Limit.',
      'class S 4-4 [a,b] A struct.',
      'class E 6-6 [A,B,C] Enum.',
      'class X 8-8 [] Alias.',
      'class S 9-9 [Z,m] null',
    ],
  },
  'h.kt': {
    text: `/** A data. */
data class D(val a: Int, var b: Foo) {
    val c = 1
    fun m() {}
    companion object { val q = 1 }
}
/** Cases. */
enum class E2 { X, Y; fun f() = 1 }
/** Alias. */
typealias TA = Map<String, Int>
interface I3 {
    fun m()
    val p: Int
}
/** Limit. */
const val LIMIT = 3
`,
    units: [
      'class D 2-6 [a,b,c,m] A data.',
      'class E2 8-8 [X,Y,f] Cases.',
      'class TA 10-10 [] Alias.',
      'class I3 11-14 [m,p] null',
      'constant LIMIT 16-16 [LIMIT] Limit.',
    ],
  },
  'i.swift': {
    text: `/// Limit.
let limit = 3
/// S.
struct S4: P { let a: Int; var b: Foo
 func q() {} }
enum E4 { case a, b(Int) }
protocol P4 { func abs(); var x: Int { get } }
/// alias
typealias TA = Int
`,
    units: [
      'constant limit 2-2 [limit] Limit.',
      'class S4 4-5 [a,b,q] S.',
      'class E4 6-6 [a,b] null',
      'class P4 7-7 [abs,x] null',
      'class TA 9-9 [] alias',
    ],
  },
  'j.scala': {
    text: `/** Limit. */
val limit = 3
/** C. */
case class C(a: Int, b: Foo) { val c = 1; def m() = 1; type T = Int }
enum Color { case Red, Green }
trait T5 { def abs: Int; val x: Int }
`,
    units: [
      'constant limit 2-2 [limit] Limit.',
      'class C 4-4 [a,b,c,m] C.',
      'class C.T 4-4 [] null',
      'class Color 5-5 [Red,Green] null',
      'class T5 6-6 [abs,x] null',
    ],
  },
  'k.rb': {
    text: `# Limit.
LIMIT = 3
# A class.
class A
  B = 1
  attr_reader :x
  def m; end
end
A.new.m
`,
    units: ['module k.rb 9-9 [] null', 'constant LIMIT 2-2 [LIMIT] Limit.', 'class A 4-8 [B,m] A class.'],
  },
  'l.cs': {
    text: `/// <summary>Doc.</summary>
public interface IFoo { int X { get; } void M(Foo a); event H E; }
public class K { public const int A = 1; Foo b; int P { get; set; } public K(int x) {} }
enum C { X, Y = 2 }
/// <summary>Called.</summary>
public delegate int Cb(int x);
record R(int A, string B);
`,
    units: [
      'class IFoo 2-2 [X,M,E] Doc.',
      'class K 3-3 [A,b,P,K] null',
      'class C 4-4 [X,Y] null',
      'class Cb 6-6 [] Called.',
      'class R 7-7 [] null',
    ],
  },
  'm.hpp': {
    text: `/// Doc.
struct P { int x, y; Foo z; int f(); static const int K = 1; };
/// alias
using Q = P;
enum class E6 { A, B };
`,
    units: ['class P 2-2 [x,y,z,f,K] Doc.', 'class Q 4-4 [] alias', 'class E6 5-5 [A,B] null'],
  },
};

const isFunction = (kind: string) => /^(function|method|constructor|accessor)$/.test(kind);

describe('units that are no functions', () => {
  it.each(Object.keys(SAMPLES))('of %s come with members, range and doc', async (path) => {
    const { text, units } = SAMPLES[path]!;
    const root = await folderOf({ [path]: text });
    const { functions } = await analyzeRepository(root, { granularity: 'module' });
    const found = functions.filter(({ kind }) => !isFunction(kind));
    expect(
      found.map(
        ({ kind, qualifiedName, startLine, endLine, members = [], summary }) =>
          `${kind} ${qualifiedName} ${startLine}-${endLine} [${members.join()}] ${summary}`,
      ),
    ).toEqual(units);
    for (const { code } of functions) expect(code).not.toMatch(/\/\*\*|\/\/\/|^# /m);
  });

  it('stand beside the functions, which are those of `function` with the same ids', async () => {
    const files = Object.entries(SAMPLES).map(([path, { text }]) => [path, text]);
    const root = await folderOf(Object.fromEntries(files));
    const [all, functions, classes] = await Promise.all(
      (['module', 'function', 'class'] as const).map((granularity) =>
        analyzeRepository(root, { granularity, repository: 'r' }),
      ),
    );
    const kept = all!.functions.filter(({ kind }) => isFunction(kind));
    expect(kept.map(({ id }) => id)).toEqual(functions!.functions.map(({ id }) => id));
    expect(new Set(all!.functions.map(({ id }) => id)).size).toBe(all!.functions.length);
    // Every class and type is one at `class`, too.
    const typesOf = (found: typeof all) =>
      found!.functions.filter(({ kind }) => kind === 'class').map(({ id }) => id);
    expect(typesOf(classes)).toEqual(typesOf(all));
  });

  it("lets a file's own code call", async () => {
    const root = await folderOf({
      'a.js': '/** Sets up. */\n\nimport x from "y";\nfunction run() {}\nrun();',
    });
    const { functions } = await analyzeRepository(root, { granularity: 'module' });
    expect(functions.map(({ kind, callees }) => [kind, callees.map(({ name }) => name)])).toEqual([
      ['module', ['run']],
      ['function', []],
    ]);
  });
});
