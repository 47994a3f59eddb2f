import type { LanguageId } from '../../../syntax/index.js';
import { isGtkDoc } from '../doc-dialects.js';
import { boundedDoc } from '../doc-paragraphs.js';
import { summarizeDoc } from '../summarize-doc.js';
import { restParts, tagParts, xmlParts } from './fields.js';
import { gtkDocParts } from './gtk-doc.js';
import { markdownParts, tomDocParts } from './lists.js';
import { googleParts, numpyParts } from './sections.js';
import type { DocParts, DocStyle, StructuredDoc } from './structured-doc.js';

/** No formal part stands further down; it bounds the time on hostile docs. */
const DOC_LIMIT = 50_000;

const STYLES: readonly (readonly [DocStyle, RegExp])[] = [
  ['xml', /<(?:param\s+name=|returns>|exception\s+cref=|summary>)/],
  ['numpy', /^\s*(?:Other Parameters|Parameters|Returns|Yields|Raises|Attributes)[ \t]*\n\s*-{3,}\s*$/m],
  [
    'rest',
    /^\s*:(?:param|parameter|arg|argument|key|keyword|type|returns?|rtype|raises?|except|yields?)\b[^:\n]*:/m,
  ],
  ['google', /^\s*(?:Args|Arguments|Parameters|Keyword Args|Returns|Yields|Raises)[ \t]*:[ \t]*$/m],
  ['tags', /^\s*[@\\](?:param|arg|returns?|result|retval|throws?|exception|raises?|yields?|option)\b/m],
  [
    'markdown',
    /^\s*[-*+] (?:Parameters?\b|Returns?:|Throws:)|^#{1,3} +(?:Arguments?|Parameters?|Returns?|Errors?|Panics?)\s*$/m,
  ],
  ['tomdoc', /^(?:Returns|Raises) [\s\S]|^[a-z]\w*\s+- \S/m],
];

const PARTS: Readonly<Record<DocStyle, (doc: string) => DocParts>> = {
  google: googleParts,
  numpy: numpyParts,
  rest: restParts,
  tags: tagParts,
  xml: xmlParts,
  tomdoc: tomDocParts,
  markdown: markdownParts,
  'gtk-doc': gtkDocParts,
  plain: () => ({ parameters: [], returns: null, raises: [] }),
};

/**
 * Takes a doc apart: its summary, and what it says of parameters, of what is returned and of errors.
 *
 * The style is told by the doc: Google, NumPy, reStructuredText (`:param x:`), tags (JSDoc, TSDoc, Javadoc, KDoc,
 * Scaladoc, PHPDoc, YARD, Doxygen), XML (C#), TomDoc, Markdown (Swift's lists, Rust's headings), and in C gtk-doc and
 * kernel-doc. A doc without a formal part, as in Go and RDoc, is `plain` and has a summary alone. Types are those that the doc writes:
 * {@link typedSignature} has those of the source.
 *
 * @param doc A doc comment without its comment marks.
 * @param language Whose forms are read as well: see {@link summarizeDoc}.
 *
 * Time O(length), of at most 50,000 units.
 *
 * @example
 * ```ts
 * import { parseDoc } from 'oasis-embed/corpus';
 * const { summary, parameters, returns } = parseDoc('Adds.\n\nArgs:\n  x (int): a number\n\nReturns:\n  int: the sum');
 * [summary, parameters[0]!.name, parameters[0]!.type, returns!.description]; // ['Adds.', 'x', 'int', 'the sum']
 * ```
 */
export const parseDoc = (doc: string, language?: LanguageId): StructuredDoc => {
  const text = boundedDoc(doc, DOC_LIMIT);
  const isOfC = language === 'c' || language === 'cpp';
  const style =
    isOfC && isGtkDoc(text) ? 'gtk-doc' : (STYLES.find(([, pattern]) => pattern.test(text))?.[0] ?? 'plain');
  return { style, summary: summarizeDoc(doc, language), ...PARTS[style](text) };
};
