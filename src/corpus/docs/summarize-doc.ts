import type { LanguageId } from '../../syntax/index.js';
import { inCommonForm } from './doc-dialects.js';
import { boundedDoc, firstParagraph } from './doc-paragraphs.js';
import { decodeEntities } from './html-entities.js';

/** No summary stands further down; it bounds the time on hostile docs. */
const DOC_LIMIT = 20_000;

/** Tags with their attributes; `a<b and c>d` compares. */
const HTML_TAG =
  /<\/?(?:a|abbr|b|big|blockquote|br|center|code|dd|div|dl|dt|em|font|h[1-6]|hr|i|img|kbd|li|nobr|ol|p|para|c|pre|q|s|samp|small|span|strong|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul|var)(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*\/?>/gi;

/** `basic_string<S>` has a type argument, `very<b>bold</b>` a tag. */
const keepTypeArgument = (tag: string, ...rest: unknown[]): string => {
  const [at, text] = rest.slice(-2) as [number, string];
  const letter = /^<([a-z])>$/i.exec(tag)?.[1];
  return letter !== undefined && /\w/.test(text[at - 1] ?? '') && !text.includes(`</${letter}>`) ? tag : ' ';
};

/** `{@link Bar#baz(int, String) label}`: what it points to ends at a blank outside of parentheses. */
const LINK_BODY = /^((?:[^\s|(]|\([^()]*\))+)\s*\|?\s*([\s\S]*)$/;

/** In C#'s references braces stand for the angle brackets of XML: `Nullable{T}`. */
const crefText = (target: string): string => target.replace(/\{([^{}]*)\}/g, '<$1>');

/** More than a rule of characters, where to look, or what is to be done. */
const SAYS_SOMETHING =
  /^(?!https?:\/\/\S+$|(?:TODO|FIXME|XXX)\b(?!\s+(?:comments?|items?|lists?|notes?)\b)).*[\p{L}\p{N}]/su;

/** Markdown's `*word*` and `_words_`, where all docs are Markdown; `a * b * c` and `_private` are none. */
const EMPHASIS = /(^|[\s(])([*_])(?=\S)([^*_`\n]{1,200}?)(?<=\S)\2(?=[\s.,;:!?)]|$)/g;

/** Links whose form is prose or an index in other languages: `[[Prototype]]`, `a[i]`. */
const withoutOwnLinks = (text: string, language: LanguageId | undefined): string => {
  if (language === 'scala')
    return text.replace(
      /\[\[([^\]\s]{1,200})(?:\s+([^\]]{1,400}))?\]\]/g,
      (_, target: string, label?: string) => label ?? target,
    );
  // RDoc's code.
  if (language === 'ruby')
    return text.replace(/(?<![\w+])\+([A-Za-z_:][\w:.#?!]{0,200})\+(?![\w+])/g, '`$1`');
  if (language === 'swift') return text.replace(EMPHASIS, '$1$3');
  if (language !== 'rust' && language !== 'kotlin') return text;
  return text
    .replace(/(?<![\w\])])\[(`[^`\]]{1,200}`|[A-Za-z_][\w.:]{0,200})\](?:\[[^\]]{1,400}\])?(?![[(:])/g, '$1')
    .replace(/(?<![\w\])])\[([^\][]{1,400})\]\[`?[A-Za-z_][\w.:]{0,200}`?\]/g, '$1')
    .replace(EMPHASIS, '$1$3');
};

/** Links and inline tags of any form become the text that a reader would see; lengths are bounded, as hostile docs have no end. */
const withoutLinks = (text: string, whole: string): string => {
  if (!/[<[{:@\\]|``/.test(text)) return text;
  return (
    text
      .replace(/<see(?:also)?\s+(?:cref|href|langword)="(?:[A-Z]:)?([^"]*)"\s*\/?>/g, (_, target: string) =>
        crefText(target),
      )
      .replace(/<(?:paramref|typeparamref)\s+name="([^"]*)"\s*\/?>/g, '$1')
      .replace(/<inheritdoc\b[^<>]{0,400}\/?>(?:<\/inheritdoc>)?/g, '')
      .replace(/\[([^\]]{1,800})\]\{@link\s+[^}]{0,800}\}/g, '$1')
      .replace(/\{@(?:link|linkcode|linkplain|tutorial)\s+([^}]{1,800})\}/g, (_, body: string) => {
        const [, target, label] = LINK_BODY.exec(body.trim()) ?? [null, body.trim(), ''];
        return label || target!;
      })
      .replace(/\{@(?:code|literal|value)\s+([^}]{0,800})\}/g, '$1')
      .replace(/\{@return\s+([^}]{0,800}?)\.?\}\.?/g, 'Returns $1.')
      .replace(/\{@summary\s+([^}]{0,800})\}/g, '$1')
      .replace(/\{@[a-zA-Z]+[^}]{0,800}\}/g, '')
      .replace(/!\[[^\]]{0,800}\]\([^)]*\)/g, '')
      .replace(/(?<![\w\])])\[([^\]]{1,800})\]\([^)\s]*\)/g, '$1')
      .replace(/(?<![\w\])])\[(`[^`\]]{1,200}`)\]\[[\w.]{1,200}\]/g, '$1')
      // A reference is a link only where the doc defines it.
      .replace(/(?<![\w\])])\[([^\]]{1,800})\]\[([^\]]{0,800})\]/g, (all, label: string, id: string) =>
        whole.includes(`[${id || label}]:`) ? label : all,
      )
      .replace(/:(?:[a-z]+:)?[a-z]+:`~?\.?([^`<]+?)(?:\s*<[^`>]*>)?`/g, '`$1`')
      .replace(/``([^`]+)``/g, '`$1`')
      // Doxygen's marks of a single word.
      .replace(/(^|[\s(])[@\\](?:a|b|c|e|em|p)\s+(?=\S)/g, '$1')
  );
};

const withoutMarks = (text: string): string => {
  if (!/[<&#*]/.test(text)) return text;
  return decodeEntities(text.replace(/<!--.*?-->/gs, '').replace(HTML_TAG, keepTypeArgument))
    .replace(/(^|\s)#+\s+/g, '$1')
    .replace(/\*\*([^*]+)\*\*/g, '$1');
};

/** Prose without the marks of JSDoc, Javadoc, XML docs, reStructuredText, HTML and Markdown; backticks stay. */
const withoutMarkup = (text: string, whole: string, language: LanguageId | undefined): string => {
  const plain = withoutOwnLinks(withoutLinks(text, whole), language);
  const parts = plain.includes('`') ? plain.split(/(`[^`]*`)/) : [plain];
  return parts
    .map((part, at) => (at % 2 === 1 ? part : withoutMarks(part)))
    .join('')
    .replace(/\s+/g, ' ')
    .replace(/\s+([.,;:!?])(?=\s|$)/g, '$1')
    .trim();
};

/** The first paragraph of what stands above the first tag that is no mere modifier. */
const beforeTags = (text: string): string => {
  const tag = /(?:^|\n)[ \t]*[@\\](?:description|desc|summary|brief|short|classdesc|param|returns?)\b/i.exec(
    text,
  );
  return firstParagraph(tag === null ? text : text.slice(0, tag.index));
};

/**
 * The summary of an author's doc comment: its first paragraph of prose, as one line. Tags, signatures (`add(x1, x2)`) and
 * directives (`.. deprecated::`, `call-seq:`) before it are passed over.
 *
 * Without text before the first tag, the text of `@description`, `@desc`, `@summary`, `@brief` or `{@summary …}` is taken,
 * or else the first paragraph that follows the tags; in XML docs that of `<summary>`. Links, HTML, entities and Markdown
 * marks are replaced by their text; backticks stay.
 *
 * @param doc A doc comment without its comment marks.
 * @param language Whose own forms are read as well: links (`[[name]]` of Scaladoc, `[name]` of KDoc and rustdoc, which are prose
 * elsewhere), gtk-doc, kernel-doc and Doxygen in C, YARD's directives in Ruby, callouts in Swift.
 * @returns The summary, or null if nothing is left.
 *
 * @example
 * ```ts
 * import { summarizeDoc } from 'oasis-embed/corpus';
 * summarizeDoc('Adds {@link Vector}s\nto this one.\n\n@param v'); // 'Adds Vectors to this one.'
 * ```
 */
export const summarizeDoc = (doc: string, language?: LanguageId): string | null => {
  const text = inCommonForm(boundedDoc(doc, DOC_LIMIT), language);
  const xml = /<summary>([\s\S]*?)(?:<\/summary>|$)/i.exec(text);
  const named =
    /(?:^|\n)\s*[@\\](?:description|desc|summary|brief|short|classdesc)\b[ \t]*:?[ \t]*([\s\S]*)/i.exec(text);
  const inline = /\{@summary\s+([^}]{0,800})\}/.exec(text);
  const paragraph =
    xml !== null
      ? firstParagraph(xml[1]!)
      : inline !== null
        ? inline[1]!
        : beforeTags(text) || (named === null ? '' : firstParagraph(named[1]!)) || firstParagraph(text);
  const prose = paragraph
    // Commands of Doxygen may stand on one line.
    .replace(
      /\s\\(?:param|tparam|returns?|retval|throws?|exception|see|sa|note|warning|details|pre|post)\b[\s\S]*$/,
      '',
    )
    // An example of Scaladoc.
    .replace(/\s*\{\{\{[\s\S]*$/, '')
    // TomDoc says first who may call it.
    .replace(/^(?:Public|Internal|Private):\s+/, '');
  const summary = withoutMarkup(prose, text, language);
  return SAYS_SOMETHING.test(summary) ? summary : null;
};
