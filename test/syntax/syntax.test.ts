import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  headerLanguage,
  LANGUAGES,
  type LanguageId,
  languageOf,
  loadLanguage,
  readSyntaxTree,
  SyntaxParser,
  stripComments,
  subtokens,
} from '../../src/syntax/index.js';

const ALL = Object.keys(LANGUAGES) as LanguageId[];

/** A lone function as datasets store it, per language: as a declaration and as a method. */
const SNIPPETS: Readonly<Record<LanguageId, readonly string[]>> = {
  python: ['def f(a):\n    return a', '@dec\nasync def f(self):\n    pass'],
  java: ['public int f(int a) { return a; }', 'Foo(int a) { this.a = a; }'],
  javascript: [
    'function f(a) { return a; }',
    'async *f(a) { yield a; }',
    'get f() { return super.f; }',
    'f: function (a) { return a; }',
    'const f = (a) => a;',
    'exports.f = function () {};',
    'static f(a) { return a; }',
    'constructor(a) { super(a); }',
    '#f() { return 1; }',
    'function (a) { return a; }',
    'export default function () {}',
  ],
  typescript: [
    'private f<T>(a?: T): void { return; }',
    'export const f = async (a: number): Promise<void> => {};',
  ],
  tsx: ['const F = () => <b>x</b>;', 'render(): Node { return <b/>; }'],
  csharp: ['public async Task<int> F(int a) => a;', 'get { return 1; }'],
  c: ['static int f(int a) { return a; }', 'int *f(void) { return 0; }'],
  ruby: ['def f(a)\n  a\nend', 'def self.f = 1'],
  php: [
    'function f($a) { return $a; }',
    'public static function f(int $a): int { return $a; }',
    '<?php function f() {}',
  ],
  go: ['func f(a int) int { return a }', 'func (s *S) f() {}'],
  rust: ['pub async fn f<T>(a: T) -> T { a }', 'fn f(&self) -> Self { Self::g() }'],
  cpp: ['template <class T> T f(const T& a) { return a; }', 'int A::f() const { return this->x; }'],
  kotlin: ['fun <T> f(a: T): T = a', 'constructor(a: Int) : this() { g() }'],
  swift: ['func f<T>(_ a: T) -> T { return a }', 'init?(a: Int) { self.a = a }'],
  scala: ['def f[T](a: T): T = a', 'private def f(a: Int)(implicit b: Int): Int = { a }'],
};

describe('loadLanguage', () => {
  it.each(ALL)('parses %s from the grammar package of its own', async (language) => {
    const parser = await loadLanguage(language);
    expect(parser.language).toBe(language);
    expect(parser.withTree('', (cursor) => cursor.gotoParent())).toBe(false);
  });

  it('shares one parser among its callers', async () => {
    expect(await loadLanguage('go')).toBe(await loadLanguage('go'));
  });

  it('names the languages it knows when given another', async () => {
    await expect(loadLanguage('cobol' as LanguageId)).rejects.toThrow(
      /language must be one of python, java.*received cobol/,
    );
  });
});

describe('headerLanguage', () => {
  it('is C++ by what C has no word for, and C for what both read', () => {
    const cpp = [
      'namespace a { int f(); }',
      '#include <string>\nint f();',
      'class A : public B {\npublic:\n  int f();\n};',
      'template <typename T> T f(T a);',
      'inline bool operator==(A a, A b);',
      'void f(std::string a);',
    ];
    const c = [
      'int f(void);',
      '/* namespace a { */ struct class_of { int x; };\n// std::string',
      '#ifdef __cplusplus\nextern "C" {\n#endif\nint f(void);\n#ifdef __cplusplus\n}\n#endif',
      '#if defined(__cplusplus)\nclass A {};\n#endif\nint f(void);',
      'int operator_of(int a); struct s { int private; };',
      '',
    ];
    expect(cpp.map(headerLanguage)).toEqual(cpp.map(() => 'cpp'));
    expect(c.map(headerLanguage)).toEqual(c.map(() => 'c'));
  });
});

describe('languageOf', () => {
  it('goes by the extension, in any case, of the last part of the path', () => {
    expect(languageOf('a/b.min/C.JS')).toBe('javascript');
    expect(languageOf('a\\b.tsx')).toBe('tsx');
    expect(languageOf('x.d.ts')).toBe('typescript');
    expect(['Makefile', '.js', 'a.py/readme', 'x.wasm', ''].map(languageOf)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('withSnippet', () => {
  const cases = ALL.flatMap((language) => SNIPPETS[language].map((code) => [language, code] as const));
  it.each(cases)('finds the function of a lone %s snippet: %s', async (language, code) => {
    const parser = await loadLanguage(language);
    parser.withSnippet(code, (cursor, facts) => {
      expect(facts).toMatchObject({ hasError: false, isFunction: true });
      expect(parser.definition.functionKinds.has(cursor.nodeType)).toBe(true);
      expect(code.slice(cursor.startIndex - facts.offset, cursor.endIndex - facts.offset)).toBe(
        cursor.nodeText,
      );
      expect(cursor.gotoParent()).toBe(false);
    });
  });

  it('tells of a snippet that does not parse in any surroundings', async () => {
    const parser = await loadLanguage('javascript');
    expect(parser.withSnippet('function f( {', (_, facts) => facts.hasError)).toBe(true);
  });

  it('stands at the root when there is no function', async () => {
    const parser = await loadLanguage('javascript');
    expect(parser.withSnippet('1 + 1', (cursor, { isFunction }) => [cursor.nodeType, isFunction])).toEqual([
      'program',
      false,
    ]);
  });
});

describe('withTree', () => {
  it('deletes the tree when the callback returns and when it throws', async () => {
    const real = await loadLanguage('javascript');
    let live = 0;
    const cursor = real.withTree('x', (inner) => inner);
    const counting = new SyntaxParser('javascript', () => {
      live++;
      return {
        rootNode: { hasError: false },
        walk: () => ({ ...cursor, currentNode: { walk: () => cursor } }) as never,
        delete: () => void live--,
      };
    });
    counting.withTree('x', () => 1);
    expect(() =>
      counting.withTree('x', () => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(live).toBe(0);
  });

  it('gives a parser up by the work it has done, not by the clock of a busy machine', async () => {
    const parser = await loadLanguage('javascript');
    const source = 'f(1);\n'.repeat(5000);
    let hours = 0;
    const now = vi.spyOn(performance, 'now').mockImplementation(() => ++hours * 3_600_000);
    try {
      expect(parser.withTree(source, () => 'read')).toBe('read');
      const work = vi.spyOn(process, 'cpuUsage').mockReturnValue({ user: 3.6e9, system: 0 });
      try {
        expect(() => parser.withTree(source, () => 1)).toThrow('gave no tree');
      } finally {
        work.mockRestore();
      }
    } finally {
      now.mockRestore();
    }
    expect(parser.withTree(source, () => 'read')).toBe('read');
  });

  it('says so when the parser gives up', () => {
    expect(() => new SyntaxParser('go', () => null).withTree('x', () => 1)).toThrow(
      'the go parser gave no tree for 1 units',
    );
  });
});

describe('readSyntaxTree', () => {
  it('holds what a plain recursion over the cursor sees', async () => {
    const parser = await loadLanguage('javascript');
    const source = `class A { f(a, b = 1) { return \`x\${a}\` } }\nfor (const x of y) g(x)`;
    const seen: string[] = [];
    parser.withTree(source, (cursor) => {
      const visit = (depth: number): void => {
        if (cursor.nodeIsNamed)
          seen.push(`${depth} ${cursor.nodeType} ${cursor.currentFieldName ?? ''} ${cursor.nodeText}`);
        if (!cursor.gotoFirstChild()) return;
        do visit(depth + 1);
        while (cursor.gotoNextSibling());
        cursor.gotoParent();
      };
      visit(0);
    });
    const tree = parser.withTree(source, (cursor) => readSyntaxTree(cursor, source));
    const flat: string[] = [];
    for (let node = 0; node < tree.size; node++) {
      let depth = 0;
      for (let at = tree.parent(node); at >= 0; at = tree.parent(at)) depth++;
      flat.push(`${depth} ${tree.kind(node)} ${tree.field(node)} ${tree.text(node)}`);
    }
    expect(flat).toEqual(seen);
  });

  it('links siblings and children both ways', async () => {
    const tree = (await loadLanguage('javascript')).read('a; b; function f(x, y) {} ');
    for (let node = 0; node < tree.size; node++) {
      const children = [...tree.children(node)];
      expect(children.map((child) => tree.parent(child))).toEqual(children.map(() => node));
      children.forEach((child, at) => {
        expect(tree.previous[child]).toBe(at === 0 ? -1 : children[at - 1]);
      });
    }
  });

  it('reads 200,000 levels of nesting', async () => {
    const depth = 200_000;
    const tree = (await loadLanguage('javascript')).read(`x = ${'['.repeat(depth)}${']'.repeat(depth)};`);
    expect(tree.size).toBeGreaterThan(depth);
  });

  it('counts missing and erroneous nodes', async () => {
    const parser = await loadLanguage('javascript');
    expect(parser.read('f(1);').errors).toBe(0);
    expect(parser.read('f(1;').errors).toBeGreaterThan(0);
  });
});

describe('stripComments', () => {
  it('takes comments, the lines they alone stood on, and blank lines', async () => {
    const parser = await loadLanguage('javascript');
    expect(stripComments(parser, '// a\nf(); // b\n\n/* c\n */\ng(/* d */);\n')).toBe('f();\ng();');
  });

  it('leaves strings alone, whatever is in them', async () => {
    const parser = await loadLanguage('javascript');
    const source = `const a = "// no";\nconst b = \`\n  // no \n\n  \${f(\`/* no */\`)}\n\`;`;
    expect(stripComments(parser, source)).toBe(source);
  });

  it('takes no text of a heredoc for a comment', async () => {
    const parser = await loadLanguage('php');
    const source = "<?php\n$a = <<<EOT\n  b // c\n  # d\n  EOT;\n$e = <<<'EOT'\n  # f\n  EOT;";
    expect(stripComments(parser, `${source} # g`)).toBe(source);
  });

  it('keeps two tokens apart where a comment parted them', async () => {
    const parser = await loadLanguage('javascript');
    expect(stripComments(parser, 'return/**/x')).toBe('return x');
  });

  it.each([
    ['python', 'x = 1  # a\n"""# b"""'],
    ['ruby', 'x = 1 # a\ny = "# b"'],
    ['php', '<?php $x = 1; # a\n$y = "// b"; /* c */'],
    ['go', 'package p // a\nvar y = "// b" /* c */'],
    ['csharp', 'class A { string s = "// b"; /// c\n}'],
    ['java', 'class A { String s = "// b"; /** c */ }'],
    ['c', 'char *s = "// b"; /* c */ // d'],
    ['tsx', 'const a = <b>// b</b>; // c'],
    ['rust', 'const S: &str = "// b"; /* c */ // d'],
    ['cpp', 'auto s = R"(// b)"; /* c */ // d'],
    ['kotlin', 'val s = "// b" // c'],
    ['swift', 'let s = "// b" // c'],
    ['scala', 'val s = "// b" // c'],
  ] as const)('knows the comments of %s', async (language, source) => {
    const stripped = stripComments(await loadLanguage(language), source);
    expect(stripped).toMatch(/(#|\/\/) b/);
    expect(stripped).not.toMatch(/ [acd]$|[acd] \*|# a/m);
  });

  it('is idempotent', async () => {
    const parser = await loadLanguage('javascript');
    const part = fc.constantFrom('f(1);', '// c', '/* d */', '\n', ' ', '`// s`', '"/*"', 'if (x) {', '}');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const once = stripComments(parser, parts.join('\n'));
        expect(stripComments(parser, once)).toBe(once);
      }),
    );
  });
});

describe('subtokens', () => {
  it('cuts at case changes, digits and punctuation', () => {
    expect(subtokens('parseHTTPResponse_v2')).toEqual(['parse', 'http', 'response', 'v', '2']);
    expect(subtokens('été größe 名前')).toEqual(['été', 'größe', '名前']);
    expect(subtokens('')).toEqual([]);
  });
});
