import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analyzeRepository,
  filterFunctions,
  parseDoc,
  type StructuredDoc,
  typedSignature,
} from '../../../src/corpus/index.js';
import type { LanguageId } from '../../../src/syntax/index.js';
import { functionWith } from '../code-function.js';
import { folderOf } from '../repository-folder.js';

interface Golden extends StructuredDoc {
  readonly doc: string;
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/structured-docs.golden.json', import.meta.url), 'utf8'),
) as readonly Golden[];

/** Parameters as `name|type|text`, with `?` for one that may be left out; then the return and the errors. */
const short = (doc: string, language?: LanguageId) => {
  const { style, parameters, returns, raises } = parseDoc(doc, language);
  return [
    style,
    ...parameters.map(
      ({ name, type, description, isOptional }) => `${name}${isOptional ? '?' : ''}|${type}|${description}`,
    ),
    ...(returns === null ? [] : [`> ${returns.type}|${returns.description}`]),
    ...raises.map(({ type, description }) => `! ${type}|${description}`),
  ];
};

describe('parseDoc', () => {
  it.each(golden.map((one) => [one.style, one.doc.slice(0, 12), one] as const))(
    'reads %s as docstring_parser does: %s',
    (style, _, one) => {
      const { parameters, returns, raises, style: found } = parseDoc(one.doc);
      expect(found).toBe(style);
      expect({
        parameters: parameters.map(({ name, type, description }) => ({ name, type, description })),
        returns,
        raises,
      }).toEqual({ parameters: one.parameters, returns: one.returns, raises: one.raises });
    },
  );

  it.each([
    [
      'JSDoc',
      'Adds.\n\n@param {{a: number}} x - The first,\n  and more.\n@param {string} [name="n"] A name.\n@param {number=} z\n@returns {Promise<void>} Nothing.\n@throws {TypeError} If bad.',
      [
        'tags',
        'x|{a: number}|The first, and more.',
        'name?|string|A name.',
        'z?|number|',
        '> Promise<void>|Nothing.',
        '! TypeError|If bad.',
      ],
    ],
    [
      'Javadoc',
      'Opens it.\n\n@param path where it is\n@param <T> the type\n@return the {@link File}\n@throws IOException if it is not there',
      [
        'tags',
        'path|null|where it is',
        '<T>|null|the type',
        '> null|the {@link File}',
        '! IOException|if it is not there',
      ],
    ],
    [
      'PHPDoc',
      'Gets.\n\n@param array<string, int>|null $items The items\n@param string ...$more\n@return list<string> Names\n@throws \\RuntimeException',
      [
        'tags',
        'items|array<string, int>|null|The items',
        'more|string|',
        '> list<string>|Names',
        '! \\RuntimeException|',
      ],
    ],
    [
      'YARD',
      'Gets.\n\n@param name [String, nil] its name\n@param [Hash<Symbol>] options more\n@return [Boolean] whether\n@raise [ArgumentError] if nil',
      [
        'tags',
        'name|String, nil|its name',
        'options|Hash<Symbol>|more',
        '> Boolean|whether',
        '! ArgumentError|if nil',
      ],
    ],
    [
      'Doxygen',
      '\\brief Copies.\n\\param[in] from source\n\\param[out] to target\n\\return bytes\n\\throws std::error on failure',
      ['tags', 'from|null|source', 'to|null|target', '> null|bytes', '! std::error|on failure'],
    ],
    [
      'XML docs',
      '<summary>Adds.</summary>\n<param name="a">The <see cref="T:Foo"/>.</param>\n<returns>The sum.</returns>\n<exception cref="T:System.Exception">Never.</exception>',
      ['xml', 'a|null|The Foo.', '> null|The sum.', '! System.Exception|Never.'],
    ],
    [
      'TomDoc',
      'Public: Says it.\n\nname - The String\n       name.\nloud - Whether (default: false).\n\nReturns the text.\nRaises ArgumentError if empty.',
      [
        'tomdoc',
        'name|null|The String name.',
        'loud?|null|Whether (default: false).',
        '> null|the text.',
        '! ArgumentError|if empty.',
      ],
    ],
    [
      'Swift',
      'Adds.\n\n- Parameters:\n  - a: one\n    more\n  - b: two\n- Returns: the sum\n- Throws: `Overflow`',
      ['markdown', 'a|null|one more', 'b|null|two', '> null|the sum', '! null|`Overflow`'],
    ],
    ['Swift, alone', 'Adds.\n\n- Parameter a: one', ['markdown', 'a|null|one']],
    [
      'Rust',
      'Adds.\n\n# Arguments\n\n* `a` - one\n* `b` - two\n\n# Returns\n\nThe sum.\n\n# Errors\n\nOn overflow.\n\n# Examples\n\n```\nlet x = 1;\n```',
      ['markdown', 'a|null|one', 'b|null|two', '> null|The sum.', '! null|On overflow.'],
    ],
    ['Go', 'Add returns the sum of a and b.\n\nIt never fails.', ['plain']],
  ])('reads %s', (_, doc, expected) => {
    expect(short(doc)).toEqual(expected);
  });

  it.each([
    ['foo() - adds\n@param a one\n@return the sum', 'c'],
    ['Note:\nAdds.\n@param a one\n@return the sum', 'cpp'],
    ['A_b:\n\nAdds.\n\n\\param a one\n\\return the sum', 'cpp'],
  ] as const)('takes no doc of Doxygen for gtk-doc: %j', (doc, language) => {
    expect(short(doc, language)).toEqual(['tags', 'a|null|one', '> null|the sum']);
  });

  it('reads gtk-doc in C', () => {
    const doc =
      'g_add:\n@a: (nullable): one or\n  none\n@result: (out): the sum\n\nAdds.\n\nReturns: (transfer full): whether\n  it fits\nSince: 2.4';
    const parts = ['a?|null|one or none', 'result|null|the sum', '> null|whether it fits'];
    expect(short(doc, 'c')).toEqual(['gtk-doc', ...parts]);
  });

  it('ends on any text, in time that does not run away', () => {
    const part = fc.constantFrom(
      '@param',
      ':param x:',
      'Args:',
      '{',
      '[',
      '(',
      '\n',
      ' ',
      'Returns\n---',
      '- a: b',
      '# Errors',
      'x',
      '<param name="',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 60 }), (parts) => {
        const { parameters } = parseDoc(parts.join(''));
        for (const { name } of parameters) expect(typeof name).toBe('string');
      }),
    );
    const start = performance.now();
    for (const piece of [
      '@param {',
      ':param ',
      '- Parameter a: ',
      'Args:\n x (',
      '# Arguments\n* a - ',
      '\n\n',
      '\n \t',
      '\u2028',
    ])
      parseDoc(piece.repeat(20_000));
    parseDoc(`g_a:${'(x) '.repeat(10_000)}y`, 'c');
    for (const piece of ['a:(', '@a:\n', '(x) ', 'Returns', '@!macro\n', '\\f$', '*a'])
      for (const language of ['c', 'ruby', 'swift', 'kotlin'] as const)
        parseDoc(`g_a:\n${piece.repeat(10_000)}`, language);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});

describe('typedSignature', () => {
  it.each<[LanguageId, string, string, string]>([
    [
      'python',
      'f',
      'def f(self, a: Dict[str, int], *args, b: int = 1, c=None) -> Optional[str]',
      'a:Dict[str, int] args:- b?:int c?:- > Optional[str]',
    ],
    [
      'typescript',
      'f',
      'async f<T>(a: (x: number) => void, b?: string, ...c: T[]): Promise<T>',
      'a:(x: number) => void b?:string c:T[] > Promise<T>',
    ],
    ['javascript', 'f', 'function f(a, b = 1)', 'a:- b?:- > -'],
    [
      'java',
      'f',
      'public static <T extends A> List<T> f(final Map<String, T> a, int... b)',
      'a:Map<String, T> b:int... > List<T>',
    ],
    ['csharp', 'F', 'public async Task<int> F(this string a, int? b = null)', 'a:string b?:int? > Task<int>'],
    [
      'c',
      'f',
      'static const char *f(const char *a, int b[3], void (*cb)(int))',
      'a:const char * b:int[3] cb:void (*)(int) > const char *',
    ],
    [
      'cpp',
      'f',
      'template <typename T> std::vector<T> Foo<T>::f(const T& a, int b = 2) const',
      'a:const T& b?:int > std::vector<T>',
    ],
    [
      'php',
      'f',
      'public function f(?array $a, int|string $b = 1): static',
      'a:?array b?:int|string > static',
    ],
    [
      'go',
      'Get',
      'func (s *Store) Get(ctx context.Context, a, b int) (string, error)',
      'ctx:context.Context a:int b:int > (string, error)',
    ],
    [
      'rust',
      'f',
      "pub fn f<'a, T: X>(&self, mut a: &'a [T], b: Fn(u8) -> u8) -> Result<(), E>",
      "a:&'a [T] b:Fn(u8) -> u8 > Result<(), E>",
    ],
    [
      'kotlin',
      'f',
      'suspend fun <T> Foo.f(a: List<T>, vararg b: Int, c: Int = 1): Map<String, T>',
      'a:List<T> b:Int c?:Int > Map<String, T>',
    ],
    [
      'swift',
      'f',
      'func f(_ a: Int, to b: [String: Int], c: () -> Void = {}) async throws -> Bool',
      'a:Int b:[String: Int] c?:() -> Void > Bool',
    ],
    [
      'scala',
      'f',
      'def f[T](a: Map[String, T], b: Int = 1): Option[T]',
      'a:Map[String, T] b?:Int > Option[T]',
    ],
  ])('reads %s: %s', (language, name, signature, expected) => {
    const { parameters, returnType } = typedSignature({ name, signature, language });
    const shown = parameters.map(
      (found) => `${found.name}${found.isOptional ? '?' : ''}:${found.type ?? '-'}`,
    );
    expect([...shown, `> ${returnType ?? '-'}`].join(' ')).toBe(expected);
  });
});

it('says what a doc was, so that a filter can tell', async () => {
  const root = await folderOf({
    'a.py': 'def a():\n    """Doc."""\n# Bare.\ndef b():\n    pass\ndef c():\n    pass\n',
    'b.js':
      '/** Doc. */\nfunction a() {}\n// Bare.\nfunction b() {}\n/* Bare. */\nfunction c() {}\nfunction d() {}',
    'c.go': 'package p\n\n// A is one.\nfunc A() {}\n',
    'd.rs': '/// Doc.\n#[x]\nfn a() {}\n// Bare.\nfn b() {}\n',
    'e.c':
      '/**\n * Doc.\n */\nint a(void) { return 1; }\n/*! Doc. */\nint b(void) { return 1; }\n/* Bare. */\nint c(void) { return 1; }\n',
  });
  const { functions } = await analyzeRepository(root);
  expect(functions.map(({ path, docKind }) => `${path[0]} ${docKind}`)).toEqual([
    'a docstring',
    'a comment',
    'a null',
    'b doc-comment',
    'b comment',
    'b comment',
    'b null',
    'c doc-comment',
    'd doc-comment',
    'd comment',
    'e doc-comment',
    'e doc-comment',
    'e comment',
  ]);
  const kinds = [...functions, functionWith({})];
  const rules = { docKinds: ['docstring', 'doc-comment'], minDocstringTokens: 0, minCodeLines: 0 } as const;
  expect(filterFunctions(kinds, rules).droppedByReason).toEqual({ 'other-doc-kind': 5, 'no-docstring': 2 });
});
