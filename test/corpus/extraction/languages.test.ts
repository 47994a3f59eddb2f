import { expect, it } from 'vitest';
import { analyzeRepository } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

/** Name, kind, parameters, summary and callees of each function. */
const read = async (files: Readonly<Record<string, string>>) => {
  const { functions, filesWithErrors } = await analyzeRepository(await folderOf(files));
  expect(filesWithErrors).toEqual([]);
  const names = new Map(functions.map(({ id, qualifiedName }) => [id, qualifiedName]));
  return functions.map(({ qualifiedName, kind, parameters, summary, callees }) => [
    qualifiedName,
    kind,
    parameters.join(),
    summary,
    callees.map(({ id, tier }) => `${names.get(id)} ${tier}`).join(),
  ]);
};

it('reads Rust: docs above attributes, impl and trait, paths of modules', async () => {
  const found = await read({
    'src/lib.rs': `//! The crate.
mod shape;
use crate::shape::{Square, area as size};

/// Sums all.
///
/// Slowly.
#[inline]
pub fn total<T>(items: &[Square], mut extra: T) -> u32 {
    let one = Square::new(1);
    one.area() + size(&one) + shape::half(2) + add(1)
}
fn add(x: u32) -> u32 { x }
#[cfg(test)]
mod tests { fn works() { super::add(1); } }
`,
    'src/shape.rs': `pub trait Area { fn area(&self) -> u32; fn twice(&self) -> u32 { 2 * self.area() } }
pub struct Square { side: u32 }
impl Square {
    /** Makes one. */
    pub fn new(side: u32) -> Self { Self::check(side) }
    fn check(side: u32) -> Self { Square { side } }
}
impl<'a> Area for &'a Square { fn area(&self) -> u32 { self.side } }
pub fn area(of: &Square) -> u32 { of.twice() }
pub fn half(x: u32) -> u32 { x / 2 }
`,
  });
  expect(found).toEqual([
    [
      'total',
      'function',
      'items,extra',
      'Sums all.',
      'Square.area receiver,add scope,Square.new import,area import,half import',
    ],
    ['add', 'function', 'x', null, ''],
    ['tests.works', 'function', '', null, 'add import'],
    ['Area.twice', 'method', '', null, 'Square.area unique-name'],
    ['Square.new', 'method', 'side', 'Makes one.', 'Square.check receiver'],
    ['Square.check', 'method', 'side', null, ''],
    ['Square.area', 'method', '', null, ''],
    ['area', 'function', 'of', null, 'Area.twice receiver'],
    ['half', 'function', 'x', null, ''],
  ]);
});

it('reads C++: members in and out of classes, templates, operators, macros, headers by content', async () => {
  const found = await read({
    'shape.h': `#pragma once
namespace geo {
/** A shape. */
class Shape : public Base {
 public:
  explicit Shape(int side) : side_(side) {}
  /// Its area.
  int area() const;
  virtual ~Shape() = default;
  bool operator==(const Shape& other) const { return area() == other.area(); }
  operator bool() const { return true; }
 private:
  int side_;
};
}
`,
    'shape.cpp': `#include "shape.h"
namespace geo {
/// Computes the area.
int Shape::area() const { return this->side_ * square<int>(2); }
template <typename T>
T square(const T& x, int times = 1) { return x * x; }
static std::unique_ptr<Shape> make() { auto shape = std::make_unique<Shape>(1); shape->area(); return shape; }
}
TEST(Suite, Case) { Shape shape; shape.area(); }
`,
  });
  expect(found).toEqual([
    ['geo.Shape.area', 'method', '', 'Computes the area.', 'geo.square scope'],
    ['geo.square', 'function', 'x,times', null, ''],
    ['geo.make', 'function', '', null, 'geo.Shape.area receiver'],
    ['Suite.Case', 'function', '', null, 'geo.Shape.area receiver'],
    ['geo.Shape.Shape', 'constructor', 'side', null, ''],
    ['geo.Shape.operator==', 'method', 'other', null, 'geo.Shape.area receiver'],
    ['geo.Shape.operator bool', 'method', '', null, ''],
  ]);
});

it('reads Kotlin: extensions, constructors, accessors, companions, imports by package', async () => {
  const found = await read({
    'src/a/Shape.kt': `package a

/** A shape. */
open class Shape(val side: Int) {
    constructor() : this(1) { check() }
    /** Twice the side. */
    val twice: Int
        get() = double(side)
    fun double(x: Int, times: Int = 2): Int = x * times
    fun check() { require(side > 0) }
    companion object { fun create(): Shape = Shape() }
}
/**
 * Grows a shape.
 *
 * @param by how much
 */
fun Shape.grow(by: Int) = double(by)
fun \`with spaces\`() {}
`,
    'src/b/Main.kt': `package b
import a.Shape
import a.grow

suspend fun main() {
    val shape = Shape.create()
    shape.check()
    listOf(1).forEach { helper(it) { x -> x } }
}
private fun helper(x: Int, f: (Int) -> Int) = f(x)
`,
  });
  expect(found).toEqual([
    ['Shape.Shape', 'constructor', '', null, 'Shape.check receiver'],
    ['Shape.twice', 'accessor', '', 'Twice the side.', 'Shape.double receiver'],
    ['Shape.double', 'method', 'x,times', null, ''],
    ['Shape.check', 'method', '', null, ''],
    ['Shape.create', 'method', '', null, 'Shape.Shape scope'],
    ['Shape.grow', 'method', 'by', 'Grows a shape.', 'Shape.double receiver'],
    ['with spaces', 'function', '', null, ''],
    ['main', 'function', '', null, 'helper scope,Shape.create import'],
    ['helper', 'function', 'x,f', null, ''],
  ]);
});

it('reads Swift: extensions, initializers, computed properties, subscripts, operators', async () => {
  const found = await read({
    'Shape.swift': `/// A shape.
public struct Shape: Equatable {
    let side: Int
    init(side: Int) { self.side = side }
    /// The area.
    var area: Int { return square(side) }
    var log: Int = 0 { didSet { check() } }
    subscript(i: Int) -> Int { get { area } set { check() } }
    static func == (l: Shape, r: Shape) -> Bool { true }
}
extension Shape {
    /**
     Squares a number.

     - Parameter x: the number
     */
    func square(_ x: Int, by times: Int = 2) -> Int { x * x }
    func check() {}
}
func make() -> Shape { let shape = Shape(side: 1); shape.check(); return shape }
`,
  });
  expect(found).toEqual([
    ['Shape.init', 'constructor', 'side', null, ''],
    ['Shape.area', 'accessor', '', 'The area.', 'Shape.square receiver'],
    ['Shape.log', 'accessor', '', null, 'Shape.check receiver'],
    ['Shape.subscript', 'accessor', '', null, ''],
    ['Shape.subscript', 'accessor', '', null, 'Shape.check receiver'],
    ['Shape.==', 'method', 'l,r', null, ''],
    ['Shape.square', 'method', 'x,times', 'Squares a number.', ''],
    ['Shape.check', 'method', '', null, ''],
    ['make', 'function', '', null, 'Shape.check receiver,Shape.init scope'],
  ]);
});

it('reads Scala 2 and 3: braces and indentation, several parameter lists, imports by package', async () => {
  const found = await read({
    'src/a/Shape.scala': `package a

/** A shape. */
class Shape(val side: Int) extends Base with Other {
  def this() = { this(1) }
  /** Its area.
    *
    * @return a number
    */
  def area(times: Int = 1)(implicit scale: Int): Int = square(side) * times
  private def square(x: Int): Int = x * x
}
object Shape { def create(): Shape = new Shape(1) }
`,
    'src/b/Main.scala': `package b
import a.{Shape => Form}

def main(args: String*) =
  val form = Form.create()
  helper(form.area())
enum Color:
  case Red
  def code: Int = helper(1)
extension (x: Int) def helper2(y: Int): Int = x + y
def helper(x: Int): Int = x
`,
  });
  expect(found).toEqual([
    ['Shape.this', 'constructor', '', null, ''],
    ['Shape.area', 'method', 'times,scale', 'Its area.', 'Shape.square receiver'],
    ['Shape.square', 'method', 'x', null, ''],
    ['Shape.create', 'method', '', null, ''],
    ['main', 'function', 'args', null, 'helper scope,Shape.create import,Shape.area unique-name'],
    ['Color.code', 'method', '', null, 'helper scope'],
    ['helper2', 'method', 'y', null, ''],
    ['helper', 'function', 'x', null, ''],
  ]);
});

it('names the languages that it does not read, with their files', async () => {
  const root = await folderOf({
    'a.js': 'function f() {}',
    'a.lua': '',
    'b.lua': '',
    'c.zig': '',
    '.gitignore': 'd.zig',
    'd.zig': '',
    'e.md': '',
  });
  expect((await analyzeRepository(root)).unreadLanguages).toEqual([
    { language: 'Lua', files: 2, package: null },
    { language: 'Zig', files: 1, package: null },
  ]);
});
