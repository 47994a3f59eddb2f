import fc from 'fast-check';
import { expect, test } from 'vitest';
import { highlightCode } from '../../src/report/highlight-code.js';
import { escapeText, html, rawMarkup } from '../../src/report/markup.js';
import { hostile } from '../support/sample-report.js';
import { parseXml, textOf } from '../support/strict-xml.js';

const read = (markup: string) => textOf(parseXml(`<p title="${markup}">${markup}</p>`));
const readAttribute = (markup: string) => parseXml(`<p title="${markup}"/>`).attributes.title;

test('any text survives escaping between tags and in attributes, controls aside', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab<>&"\' \n/=é😀;#x') }), (text) => {
      expect(read(escapeText(text))).toBe(text);
      expect(readAttribute(escapeText(text))).toBe(text);
    }),
  );
});

test('any text at all becomes well-formed XML', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseXml(html`<p title="${text}">${text}</p>`.markup);
    }),
  );
});

test('controls and lone surrogates become the replacement character', () => {
  expect(escapeText(hostile.control)).toBe('a\ufffdb\ufffdc\ufffdd');
  expect(escapeText('\ud83d\ude00 \udc00')).toBe('\ud83d\ude00 \ufffd');
});

test('bidirectional controls are shown, not obeyed', () => {
  expect(escapeText(hostile.bidi)).toBe('access⟨U+202E⟩ } ⟨U+2066⟩if (isAdmin)⟨U+2069⟩ begin');
});

test('templates escape strings, keep markup, join lists and skip what is absent', () => {
  const inner = rawMarkup('<b>x</b>');
  expect(html`<p>${'<i>'}${inner}${['a', inner, null]}${undefined}${false}${0}</p>`.markup).toBe(
    '<p>&lt;i&gt;<b>x</b>a<b>x</b>0</p>',
  );
});

test('highlighting never changes what is read', () => {
  const language = fc.constantFrom('javascript', 'python', 'php', 'ruby', 'go', undefined, '__proto__');
  const code = fc.string({ unit: fc.constantFrom(...'ab1 \n"\'`\\/*#(){}<>&=$_.'), maxLength: 80 });
  fc.assert(
    fc.property(code, language, (text, id) => {
      expect(textOf(parseXml(`<pre>${highlightCode(text, id).markup}</pre>`))).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test('highlighting tells comments, strings, numbers, keywords and calls apart', () => {
  expect(highlightCode('return f("a", 0x1f) // done', 'javascript').markup).toBe(
    '<span class="keyword">return</span> <span class="called">f</span>(<span class="string">&quot;a&quot;</span>, <span class="number">0x1f</span>) <span class="comment">// done</span>',
  );
  expect(highlightCode('# c\nx // 2', 'python').markup).toBe(
    '<span class="comment"># c</span>\nx // <span class="number">2</span>',
  );
});
