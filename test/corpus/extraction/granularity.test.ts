import { describe, expect, it } from 'vitest';
import { analyzeRepository, type CodeFunction, type Granularity } from '../../../src/corpus/index.js';
import { folderOf } from '../repository-folder.js';

interface Sample {
  readonly path: string;
  readonly text: string;
  /** Of each entry at `class`: kind, qualified name, summary. */
  readonly classes: readonly (readonly [string, string, string | null])[];
  readonly fileSummary: string | null;
  /** By names: who calls whom at `class`. */
  readonly calls: readonly string[];
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  python: {
    path: 'shape.py',
    text: `"""Shapes of all kinds."""

def area(shape):
    """Computes the area."""
    return shape.size()  # of any

@final
class Square(Base):
    """A square.

    With four sides.
    """
    sides = area(None)

    def size(self):
        """Its size."""
        return area(self)

    class Corner:
        """A corner."""
        def angle(self):
            return area(self)
`,
    classes: [
      ['function', 'area', 'Computes the area.'],
      ['class', 'Square', 'A square.'],
      ['class', 'Square.Corner', 'A corner.'],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Corner>area', 'Square>area', 'area>Square'],
  },
  java: {
    path: 'Shape.java',
    text: `/* Shapes of all kinds. */

package shapes;

/** A square. */
public class Square {
  private int side = Sides.count();
  /** Its size. */
  int size() { return Sides.count(); }
}

/** Counts. */
enum Sides { ONE; static int count() { return 4; } }
`,
    classes: [
      ['class', 'Square', 'A square.'],
      ['class', 'Sides', 'Counts.'],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Square>Sides'],
  },
  javascript: {
    path: 'shape.js',
    text: `// Shapes of all kinds.

/** Computes the area. */
export function area(shape) {
  const inner = () => area(shape);
  return inner();
}
/** A square. */
export default class Square extends Base {
  /** Its size. */
  size() { return area(this); }
}
/** A corner. */
const Corner = class { angle() { return area(this); } };
Square.prototype.late = function () { return area(this); };
`,
    classes: [
      ['function', 'area', 'Computes the area.'],
      ['function', 'area.inner', null],
      ['class', 'Square', 'A square.'],
      ['class', 'Corner', 'A corner.'],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Corner>area', 'Square>area', 'area>inner', 'inner>area'],
  },
  typescript: {
    path: 'shape.ts',
    text: `/**
 * Shapes of all kinds.
 * @packageDocumentation
 */

namespace shapes {
  /** A square. */
  export abstract class Square {
    constructor(readonly side: number) { area(this); }
  }
  /** Computes the area. */
  export function area(square: Square): number { return square.side ** 2; }
}
`,
    classes: [
      ['class', 'shapes.Square', 'A square.'],
      ['function', 'shapes.area', 'Computes the area.'],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Square>area'],
  },
  tsx: {
    path: 'shape.tsx',
    text: `/** A square. */
export class Square { render() { return <b>{side()}</b>; } }
function side() { return 1; }
`,
    classes: [
      ['class', 'Square', 'A square.'],
      ['function', 'side', null],
    ],
    fileSummary: null,
    calls: ['Square>side'],
  },
  csharp: {
    path: 'Shape.cs',
    text: `// Shapes of all kinds.

namespace Shapes {
  /// <summary>A square.</summary>
  [Serializable]
  public class Square { int Size() { return Sides.Count(); } }
  /// <summary>Counts.</summary>
  struct Sides { public static int Count() { return 4; } }
}
`,
    classes: [
      ['class', 'Shapes.Square', 'A square.'],
      ['class', 'Shapes.Sides', 'Counts.'],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Square>Sides'],
  },
  c: {
    path: 'shape.c',
    text: `/* Shapes of all kinds. */

#include <math.h>

/* Its size. */
static int size(int side) { return side * side; }
int area(int side) { return size(side); }
`,
    classes: [
      ['function', 'size', 'Its size.'],
      ['function', 'area', null],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['area>size'],
  },
  ruby: {
    path: 'shape.rb',
    text: `# Shapes of all kinds.

module Shapes
  # A square.
  class Square
    # Its size.
    def size
      area(self)
    end
  end
end

def area(shape)
  shape
end
`,
    classes: [
      ['class', 'Shapes', null],
      ['class', 'Shapes.Square', 'A square.'],
      ['function', 'area', null],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Square>area'],
  },
  php: {
    path: 'shape.php',
    text: `<?php
/** Shapes of all kinds. */

/** A square. */
final class Square {
  use Sided;
  public function size() { return area($this); }
}
trait Sided { function sides() { return 4; } }
function area($shape) { return $shape; }
`,
    classes: [
      ['class', 'Square', 'A square.'],
      ['class', 'Sided', null],
      ['function', 'area', null],
    ],
    fileSummary: 'Shapes of all kinds.',
    calls: ['Square>area'],
  },
  go: {
    path: 'shape.go',
    text: `// Package shapes has shapes of all kinds.
package shapes

// Square is a square.
type Square struct {
	side int // of four
}

// Size is its size.
func (s *Square) Size() int { return area(s) }

func area(s *Square) int { return s.side }
`,
    classes: [
      ['class', 'Square', 'Square is a square.'],
      ['function', 'area', null],
    ],
    fileSummary: 'Package shapes has shapes of all kinds.',
    calls: ['Square>area'],
  },
};

const readAt = async (sample: Sample, granularity: Granularity) => {
  const root = await folderOf({ [sample.path]: sample.text });
  return analyzeRepository(root, { granularity, repository: 'r' });
};

const MARKS = /\/\/|\/\*|#(?!include)|"""/;

describe.each(Object.entries(SAMPLES))('in %s', (_, sample) => {
  it('a class comes with its members, and what is in none by itself', async () => {
    const { functions, calls } = await readAt(sample, 'class');
    expect(functions.map(({ kind, qualifiedName, summary }) => [kind, qualifiedName, summary])).toEqual(
      sample.classes,
    );
    const nameOf = new Map(functions.map(({ id, name }) => [id, name]));
    const edges = calls.flatMap(({ caller, callee }) =>
      caller === callee ? [] : [`${nameOf.get(caller)}>${nameOf.get(callee)}`],
    );
    expect(edges.sort()).toEqual(sample.calls);
    for (const found of functions) expect(found.code).not.toMatch(MARKS);
    for (const found of functions) checkPlaces(sample.text, found);
  });

  it('a file comes whole', async () => {
    const { functions } = await readAt(sample, 'file');
    const [file, ...others] = functions;
    expect(others).toEqual([]);
    expect(file).toMatchObject({
      kind: 'file',
      name: sample.path,
      qualifiedName: sample.path,
      signature: sample.path,
      parameters: [],
      source: sample.text,
      startByte: 0,
      endByte: Buffer.byteLength(sample.text),
      startLine: 1,
      summary: sample.fileSummary,
      callers: [],
      callees: [],
    });
    expect(file!.code).not.toMatch(MARKS);
  });

  it('a function outside of classes is the same at either granularity', async () => {
    const { functions } = await readAt(sample, 'function');
    const byId = new Map(functions.map((found) => [found.id, found]));
    for (const { callers, callees, ...found } of (await readAt(sample, 'class')).functions) {
      if (found.kind === 'class') expect(byId.has(found.id)).toBe(false);
      else expect(byId.get(found.id)).toMatchObject(found);
    }
  });
});

/** Bytes and lines say where `source` stands. */
const checkPlaces = (
  text: string,
  { source, startByte, endByte, startLine, endLine }: CodeFunction,
): void => {
  const bytes = Buffer.from(text);
  expect(bytes.subarray(startByte, endByte).toString()).toBe(source);
  expect(bytes.subarray(0, startByte).toString().split('\n')).toHaveLength(startLine);
  expect(endLine - startLine + 1).toBe(source.replace(/\n$/, '').split('\n').length);
};

describe('granularity', () => {
  it('lifts calls between files, those at the top of a file included', async () => {
    const root = await folderOf({
      'a.js': 'import { f } from "./b.js";\nf();\nexport const one = 1;\n',
      'b.js': 'export function f() { g(); }\nfunction g() {}\n',
      'c.js':
        'import { f } from "./b.js";\nclass C { size = f(); measure() { f(); f(); } }\nfunction h() { new C().measure(); }\n',
    });
    const files = await analyzeRepository(root, { granularity: 'file' });
    const [a, b, c] = files.functions as [CodeFunction, CodeFunction, CodeFunction];
    expect(a.callees).toEqual([{ id: b.id, name: 'b.js', tier: 'import', confidence: 0.99 }]);
    expect(b.callers.map(({ name }) => name)).toEqual(['a.js', 'c.js']);
    expect([b.callees, c.callers]).toEqual([[], []]);
    expect(files.calls).toHaveLength(4);
    const classes = await analyzeRepository(root, { granularity: 'class' });
    const inC = classes.functions.find(({ name }) => name === 'C')!;
    expect(inC.callees.map(({ name }) => name)).toEqual(['f']);
    expect(inC.callers.map(({ name }) => name)).toEqual(['h']);
  });

  it('gives a Go type the methods of its file', async () => {
    const { functions } = await readAt(SAMPLES.go!, 'class');
    expect(functions[0]!.source).toMatch(/^type Square struct \{[^}]*\}$/);
    expect(functions[0]!.code).toBe(
      'type Square struct {\n\tside int\n}\n\nfunc (s *Square) Size() int { return area(s) }',
    );
  });

  it('has signatures up to the members, with what belongs to the declaration', async () => {
    const signatures = await Promise.all(
      ['python', 'typescript', 'csharp', 'go', 'java'].map(async (language) => {
        const { functions } = await readAt(SAMPLES[language]!, 'class');
        return functions.find(({ kind }) => kind === 'class')!.signature;
      }),
    );
    expect(signatures).toEqual([
      '@final class Square(Base)',
      'export abstract class Square',
      '[Serializable] public class Square',
      'type Square struct',
      'public class Square',
    ]);
  });

  it('is one of four', async () => {
    await expect(
      analyzeRepository(await folderOf({}), { granularity: 'method' as Granularity }),
    ).rejects.toThrow('granularity must be function, class, file or module, received method');
  });
});
