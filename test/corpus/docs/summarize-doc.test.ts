import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarizeDoc } from '../../../src/corpus/index.js';

describe('summarizeDoc', () => {
  it.each([
    [
      'scala',
      'Alias for [[pure]], see [[cats.data.Kleisli the arrow]] and a[i][j].',
      'Alias for pure, see the arrow and a[i][j].',
    ],
    [
      'rust',
      'Creates a [`Sender`] from a [`Fd`][std::os::Fd], see [the book](https://a.b) and x[0].',
      'Creates a `Sender` from a `Fd`, see the book and x[0].',
    ],
    [
      'kotlin',
      'Using [getPath][Nio.getPath], wraps [path] in [0, n).',
      'Using getPath, wraps path in [0, n).',
    ],
    [
      'ruby',
      'Returns a map of +key+ to +A::B#c+, 1 + 2 + 3.',
      'Returns a map of `key` to `A::B#c`, 1 + 2 + 3.',
    ],
    ['ruby', 'Gets the class.\nReturns the one of it.\n\nname - A String', 'Gets the class.'],
    ['ruby', 'Returns the class, as it\nReturns it.', 'Returns the class, as it Returns it.'],
    ['ruby', '@!macro buffer_size\n\n  The number of items.\n\n  @return [Integer]', 'The number of items.'],
    ['ruby', '@!visibility private', null],
    ['ruby', '@!method name\n  Its name.\n\nMakes readers.', 'Makes readers.'],
    [
      'c',
      'g_list_add: (skip) (transfer full):\n@list: (nullable): a #GList, or\n  %NULL\n@...: more\n\nAdds to @list a\n[new][node] #GNode.\n\nReturns: it\n\nSince: 2.4',
      'Adds to list a new GNode.',
    ],
    ['c', 'kfree() - free memory\n@p: what\n\nMore.', 'free memory'],
    ['c', 'kfree - free memory\n@p: what', 'free memory'],
    [
      'c',
      'g_tell:\n@a: x\n\nReturns the position in the stream: an offset.',
      'Returns the position in the stream: an offset.',
    ],
    ['c', 'note: it is slow', 'note: it is slow'],
    [
      'cpp',
      '\\internal \\returns the \\a n-th (\\a x) root.\n\n\\param n which',
      'Returns the n-th (x) root.',
    ],
    ['cpp', '\\ingroup Core\nSolves \\f$ Ax = b \\f$.\n\nMore.', 'Solves Ax = b.'],
    ['csharp', '<summary>\n<para>Adds.</para>\n<para>More.</para>\n</summary>', 'Adds.'],
    ['csharp', '<inheritdoc cref="IList{T}"/>', null],
    [
      'java',
      'Calls {@link #add(int, T)}, {@link #size} and C#; use #include.',
      'Calls add(int, T), size and C#; use #include.',
    ],
    [
      'kotlin',
      'A _cold_ flow of *all* snake_case, a * b * c, by the [property name][Foo.bar].',
      'A cold flow of all snake_case, a * b * c, by the property name.',
    ],
    ['swift', 'Adds.\n- Parameter x: one', 'Adds.'],
    ['swift', '- Returns: the sum', null],
    ['scala', 'INTERNAL API.\n\nAdds.', 'Adds.'],
    ['python', 'DEPRECATED: use :meth:`.A.add`.\n\nAdds to :class:`.A`.', 'Adds to `A`.'],
    ['rust', 'private API', null],
    ['javascript', 'Internal rates.', 'Internal rates.'],
    ['javascript', 'Reads [options] and [[Set]].', 'Reads [options] and [[Set]].'],
  ] as const)('reads the forms of %s', (language, doc, summary) => {
    expect(summarizeDoc(doc, language)).toBe(summary);
  });

  it.each([
    ['Adds.\n\nMore.', 'Adds.'],
    ['Adds two\n  numbers.\n@param a', 'Adds two numbers.'],
    ['@param a\n@description Adds\nnumbers.\n@returns b', 'Adds numbers.'],
    ['@name add\n@summary Adds.\n\n@description\nMore.', 'Adds.'],
    ['@param a the number', null],
    ['See {@link Foo|the foo} and {@link Bar} and [baz]{@link Baz}.', 'See the foo and Bar and baz.'],
    ['A <b>bold</b> <code>x</code> &lt;T&gt; **word**.', 'A bold x <T> word.'],
    ['Makes a `<div>` and a Promise<void>.', 'Makes a `<div>` and a Promise<void>.'],
    ['See [the page](https://a.b/c).', 'See the page.'],
    ['Adds.\n\nArgs:\n    a: x', 'Adds.'],
    ['Adds numbers.\n:param a: x', 'Adds numbers.'],
    ['Adds numbers.\nArgs:\n  a: x', 'Adds numbers.'],
    ['Uses :class:`~a.b.Foo` and ``x``.', 'Uses `a.b.Foo` and `x`.'],
    ['<summary>Adds <paramref name="a"/>.</summary>\n<param name="a">x</param>', 'Adds a.'],
    ['Adds.\n<p>\nMore.', 'Adds.'],
    ['Adds numbers:\n```js\nadd()\n```', 'Adds numbers:'],
    ['Reads a[i][j] where [a-z][0-9]+ matches.', 'Reads a[i][j] where [a-z][0-9]+ matches.'],
    ['Calls fns[i](x).', 'Calls fns[i](x).'],
    ['Private: The list of files.', 'The list of files.'],
    ['TODO', null],
    ['TODO PEP 1: use it\nthis fallback is no doc', null],
    ['!!! abstract "Usage"\n    [A page](x.md)\n\nMakes a [`Field`][a.b.Field].', 'Makes a `Field`.'],
    ['TODO items of a list.', 'TODO items of a list.'],
    ['https://a.b/c-d?e', null],
    ['/', null],
    ['Makes a `Const`\n{{{\nscala> Const.of(1)\n}}}', 'Makes a `Const`'],
    [
      'Gets a <see cref="Nullable{T}"/> of <see cref="T:System.Int32"/>.',
      'Gets a Nullable<T> of System.Int32.',
    ],
    ['@brief Writes the given @a type and \\p name.', 'Writes the given type and name.'],
    [
      'Instead of basic_string<char_t<S>> a<b>bold</b> word.',
      'Instead of basic_string<char_t<S>> a bold word.',
    ],
    [
      'Whose [[Prototype]] is null, or [`name`] of [[1, 2]].',
      'Whose [[Prototype]] is null, or [`name`] of [[1, 2]].',
    ],
    ['See [the page][1].\n\n[1]: https://a.b', 'See the page.'],
    [
      'See {@link Bar#baz(int, String)} and {@link Bar#baz(int, String) the other}.',
      'See Bar#baz(int, String) and the other.',
    ],
    ['True iff a<b and c>d.', 'True iff a<b and c>d.'],
    ['A <a href="x.html" target=_blank>link</a>.', 'A link.'],
    ['{@return the size}', 'Returns the size.'],
    ['{@summary A.} More.', 'A.'],
    ['@internal\nAdds numbers.', 'Adds numbers.'],
    ['@param a the first\n  of two\n\nAdds numbers.', 'Adds numbers.'],
    ['@deprecated since 2\n@see add2\n\nAdds numbers.', 'Adds numbers.'],
    ['@example\n\nadd(1, 2);', null],
    ['\\brief Adds numbers.\n\\param a the first', 'Adds numbers.'],
    ['\\brief Adds numbers. \\param a the first', 'Adds numbers.'],
    ['Public: Adds numbers.\n\na - The first.', 'Adds numbers.'],
    ['add(x1, x2, /, out=None, *, where=(True, False))\n\nAdds numbers.', 'Adds numbers.'],
    ['str.index(part) -> Integer\n\nFinds a part.', 'Finds a part.'],
    ['call-seq:\n  str.index(part) -> n\n  str.index(re) -> n\n\nFinds a part.', 'Finds a part.'],
    ['.. deprecated:: 1.2\n   Use add2.\n\nAdds numbers.', 'Adds numbers.'],
    ['Adds numbers.\n.. versionadded:: 1.2', 'Adds numbers.'],
    ['One &mdash; two &#8212; &#x2014; &hellip; &unknown; R&D;', 'One — two — — … &unknown; R&D;'],
    ['Return (a // b, a % b)', 'Return (a // b, a % b)'],
    ['D.keys() -> the keys of D', 'D.keys() -> the keys of D'],
    ['', null],
    ['   \n\n ', null],
  ])('%j', (doc, summary) => {
    expect(summarizeDoc(doc)).toBe(summary);
  });

  it('is one line without blanks at its ends, of any text, quickly', () => {
    const piece = fc.constantFrom(
      '{@link ',
      '}',
      '[',
      '](',
      '`',
      '<b ',
      '>',
      '@x',
      '\n',
      ' ',
      'word',
      '**',
      '&amp;',
      '<',
      ':a:`',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const summary = summarizeDoc(pieces.join(''));
        if (summary !== null) expect(summary).toMatch(/^\S([^\n]*\S)?$/);
      }),
    );
    for (const piece of ['{@link ', '[a](', '<b ', '`', ':a:`', '![', '&', '<!--', '[x]['])
      summarizeDoc(piece.repeat(100_000));
  });
});
